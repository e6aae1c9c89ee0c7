program main
    implicit none
    character(len=20) :: what
    integer(1), allocatable :: held(:)

    call get_command_argument(1, what)
    if (what == 'hello') then
        print '(a,i0)', 'hello ', 6 * 7
    else if (what == 'terminal') then
        if (isatty(6)) print '(a)', 'terminal'
    else
        allocate(held(230 * 1048576))
        held = 1_1
        if (held(size(held)) == 1) print '(a)', 'done'
    end if
end program
