-module(main).
-export([main/1]).

main(["hello"]) -> io:format("hello ~p~n", [6 * 7]);
main(["terminal"]) ->
    case io:columns() of
        {ok, _} -> io:format("terminal~n");
        _ -> io:format("none~n")
    end;
main(_) ->
    [binary:copy(<<1>>, 100000) || _ <- lists:seq(1, 20000)],
    Map = lists:foldl(
        fun(Round, Old) ->
            lists:foldl(fun(I, Table) -> maps:put(I, {Round, I}, Table) end, Old, lists:seq(1, 100000))
        end, #{}, lists:seq(1, 10)),
    100000 = maps:size(Map),
    io:format("done~n").
