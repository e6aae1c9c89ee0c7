:- initialization(main, main).

main([hello]) :- X is 6 * 7, format('hello ~w~n', [X]).
main([terminal]) :- stream_property(user_output, tty(true)), writeln(terminal).
main([memory]) :-
    forall(between(1, 20000, _), length(_, 6000)),
    % Rows of a table in memory. Those of assertz/1 are freed by a thread of its own, at a time of its own.
    functor(Table, table, 100000),
    forall((between(1, 10, Round), between(1, 100000, I)), nb_setarg(I, Table, [Round, I])),
    arg(100000, Table, [10, 100000]),
    writeln(done).
