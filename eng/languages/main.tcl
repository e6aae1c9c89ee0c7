switch [lindex $argv 0] {
    hello { puts "hello [expr {6 * 7}]" }
    terminal { puts [expr {[catch {exec test -t 1 >@stdout}] ? "none" : "terminal"}] }
    default {
        for {set i 0} {$i < 20000} {incr i} { set last [string repeat x 100000]$i }
        for {set round 0} {$round < 10} {incr round} {
            for {set i 0} {$i < 300000} {incr i} { set map($i) [list $round $i] }
        }
        puts [expr {[array size map] == 300000 ? "done" : "lost"}]
    }
}
