case ARGV[0]
when 'hello'
  puts "hello #{6 * 7}"
when 'terminal'
  require 'io/console'
  puts $stdout.tty? && IO.console.winsize == [40, 100] ? 'terminal' : 'none'
else
  20_000.times { |i| $last = 'x' * 100_000 }
  map = {}
  10.times { |round| 300_000.times { |i| map[i] = [round, i] } }
  puts map.size == 300_000 ? 'done' : 'lost'
end
