local what = arg[1]
if what == 'hello' then
    print('hello ' .. 6 * 7)
elseif what == 'terminal' then
    print(os.execute('test -t 1') and 'terminal' or 'none')
else
    local last
    for i = 1, 20000 do last = string.rep('x', 100000) .. i end
    local map = {}
    for round = 1, 10 do
        for i = 1, 300000 do map[i] = { round, i } end
    end
    print(#map == 300000 and 'done' or 'lost')
end
