what <- commandArgs(trailingOnly = TRUE)[1]
if (what == "hello") {
    cat("hello 42\n")
} else if (what == "terminal") {
    cat(if (isatty(stdout())) "terminal\n" else "none\n")
} else {
    for (i in 1:20000) last <- raw(100000)
    map <- vector("list", 300000)
    for (round in 1:10) for (i in 1:300000) map[[i]] <- c(round, i)
    cat(if (length(map) == 300000) "done\n" else "lost\n")
}
