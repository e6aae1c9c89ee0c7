BEGIN {
    if (what == "hello")
        print "hello", 6 * 7
    else if (what == "terminal")
        print system("test -t 1") == 0 ? "terminal" : "none"
    else {
        # Garbage of 2 GB, then a table whose 300,000 rows are replaced ten times.
        while (length(text) < 100000)
            text = text "0123456789"
        for (i = 0; i < 20000; i++)
            last = text i
        for (round = 0; round < 10; round++)
            for (i = 0; i < 300000; i++)
                table[i] = round " " i
        print length(table) == 300000 ? "done" : "lost"
    }
}
