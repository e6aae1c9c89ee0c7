namespace SandboxApi.FunctionalTests.Languages;

/// <summary>The smallest program of each language that shows that its compiler or interpreter works.</summary>
/// <param name="Needs">The program without which it cannot run.</param>
/// <param name="File">What the source is called; empty where there is none.</param>
/// <param name="Source">The source.</param>
/// <param name="Command">Compiles and runs it.</param>
/// <param name="Output">What it prints.</param>
internal sealed record HelloProgram(string Needs, string File, string Source, string Command, string Output = "hello 42");

/// <summary>One for each language that a distribution has, and for tools that read much of /etc or /var.</summary>
internal static class HelloPrograms
{
    internal static IReadOnlyDictionary<string, HelloProgram> All { get; } = new Dictionary<string, HelloProgram>
    {
        ["Ada"] = new("gnatmake", "hello.adb", "with Ada.Text_IO; procedure Hello is begin Ada.Text_IO.Put_Line (\"hello\" & Integer'Image (42)); end Hello;", "gnatmake -q hello.adb && ./hello"),
        ["Assembly"] = new("nasm", "a.asm", "global _start\nsection .data\ntext: db \"hello 42\", 10\nsection .text\n_start: mov eax, 1\nmov edi, 1\nmov rsi, text\nmov edx, 9\nsyscall\nmov eax, 60\nxor edi, edi\nsyscall\n", "nasm -felf64 a.asm && ld a.o -o a && ./a"),
        ["awk"] = new("gawk", "", "", "gawk 'BEGIN { print \"hello\", 6 * 7 }'"),
        ["bc"] = new("bc", "", "", "echo hello $(echo 6*7 | bc)"),
        ["C"] = new("gcc", "a.c", "#include <stdio.h>\nint main(void) { printf(\"hello %d\\n\", 6 * 7); }\n", "gcc a.c -o a && ./a"),
        ["C++"] = new("g++", "a.cpp", "#include <iostream>\nint main() { std::cout << \"hello \" << 6 * 7 << std::endl; }\n", "g++ a.cpp -o a && ./a"),
        ["C# (Mono)"] = new("mcs", "a.cs", "class A { static void Main() { System.Console.WriteLine(\"hello \" + 6 * 7); } }", "mcs a.cs && mono a.exe"),
        ["Chromium"] = new("chromium", "a.html", "<p id=p></p><script>document.getElementById('p').append('hello ', 6 * 7)</script>", "chromium --headless --no-sandbox --disable-gpu --dump-dom file://$PWD/a.html 2> /dev/null | grep -o 'hello [0-9]*</p>'", "hello 42</p>"),
        ["Clojure"] = new("clojure", "a.clj", "(println \"hello\" (* 6 7))", "clojure a.clj"),
        ["COBOL"] = new("cobc", "a.cob", "       IDENTIFICATION DIVISION.\n       PROGRAM-ID. HELLO.\n       PROCEDURE DIVISION.\n           DISPLAY \"hello 42\".\n           STOP RUN.\n", "cobc -x a.cob && ./a"),
        ["D (gdc)"] = new("gdc", "a.d", "import std.stdio; void main() { writeln(\"hello \", 6 * 7); }", "gdc a.d -o a && ./a"),
        ["D (ldc)"] = new("ldc2", "a.d", "import std.stdio; void main() { writeln(\"hello \", 6 * 7); }", "ldc2 -of=a a.d && ./a"),
        ["Elixir"] = new("elixir", "a.exs", "IO.puts(\"hello #{6 * 7}\")", "elixir a.exs"),
        ["Erlang"] = new("erl", "a.erl", "-module(a).\n-export([main/0]).\nmain() -> io:format(\"hello ~p~n\", [6 * 7]).\n", "erlc a.erl && erl -noshell -s a main -s init stop"),
        ["Fortran"] = new("gfortran", "a.f90", "program a\nprint '(a,i0)', 'hello ', 6 * 7\nend program\n", "gfortran a.f90 -o a && ./a"),
        ["Go"] = new("go", "a.go", "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello\", 6*7) }\n", "go run a.go"),
        ["Guile"] = new("guile", "a.scm", "(display \"hello \") (display (* 6 7)) (newline)", "guile --no-auto-compile a.scm"),
        ["Haskell"] = new("ghc", "a.hs", "main = putStrLn (\"hello \" ++ show (6 * 7))", "ghc -v0 a.hs && ./a"),
        ["ImageMagick"] = new("convert-im6.q16", "", "", "convert-im6.q16 -size 1x1 xc:red txt:- | tail -1 | cut -c1-5", "0,0: "),
        ["ImageMagick with fonts"] = new("convert-im6.q16", "", "", "convert-im6.q16 -list font | grep -c Font:", ""),
        ["Fontconfig"] = new("fc-match", "", "", "fc-match sans; fc-list | sort | md5sum", ""),
        ["Java"] = new("javac", "A.java", "public class A { public static void main(String[] a) { System.out.println(\"hello \" + 6 * 7); } }", "javac A.java && java A"),
        ["Java's certificates"] = new("keytool", "", "", "keytool -list -cacerts -storepass changeit 2> /dev/null | grep -c trustedCertEntry", ""),
        ["JavaScript"] = new("node", "a.js", "console.log('hello', 6 * 7)", "node a.js"),
        ["LaTeX"] = new("pdflatex", "a.tex", "\\documentclass{article}\\begin{document}hello $6\\cdot7$\\end{document}", "pdflatex -interaction=batchmode a.tex > /dev/null; head -c 4 a.pdf", "%PDF"),
        ["Lisp"] = new("sbcl", "a.lisp", "(format t \"hello ~a~%\" (* 6 7))", "sbcl --script a.lisp"),
        ["Lua"] = new("lua5.4", "a.lua", "print('hello', 6 * 7)", "lua5.4 a.lua | tr '\\t' ' '"),
        ["Maven"] = new("mvn", "pom.xml", "<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>a</artifactId><version>1</version></project>", "mvn -B -o -q validate > /dev/null && mvn -v | grep -o 'Apache Maven'", "Apache Maven"),
        ["OCaml"] = new("ocamlopt", "a.ml", "let () = Printf.printf \"hello %d\\n\" (6 * 7)", "ocaml a.ml > /dev/null && ocamlopt a.ml -o a && ./a"),
        ["Octave"] = new("octave-cli", "a.m", "printf(\"hello %d\\n\", 6 * 7)", "octave-cli --quiet a.m 2> /dev/null"),
        ["Pascal"] = new("fpc", "a.pas", "uses SysUtils; begin writeln('hello ', 6 * 7) end.", "fpc a.pas > /dev/null && ./a"),
        ["Perl"] = new("perl", "a.pl", "use POSIX; print 'hello ', POSIX::floor(42.5), \"\\n\";", "perl a.pl"),
        ["PHP"] = new("php", "a.php", "<?php echo 'hello ', ctype_digit('7') ? 6 * 7 : '', \"\\n\";", "php a.php"),
        ["PHP's extensions"] = new("php", "", "", "php -m | sort", ""),
        ["Prolog"] = new("swipl", "a.pl", ":- initialization((X is 6 * 7, format('hello ~w~n', [X]), halt)).", "swipl a.pl"),
        ["Python"] = new("python3", "a.py", "import ssl, sqlite3, ctypes\nprint('hello', 6 * 7)", "python3 a.py"),
        ["matplotlib"] = new("/usr/lib/python3/dist-packages/matplotlib", "a.py", "import matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.pyplot as plot\nplot.title('hello')\nplot.plot([6, 7])\nplot.savefig('a.png')\nprint('hello', open('a.png', 'rb').read(4)[1:])", "/usr/bin/python3 a.py 2> /dev/null", "hello b'PNG'"),
        ["R"] = new("Rscript", "a.R", "cat('hello', 6 * 7, '\\n')", "Rscript a.R | sed 's/ *$//'"),
        ["Ruby"] = new("ruby", "a.rb", "require 'json'\nputs \"hello #{JSON.parse('[42]')[0]}\"", "ruby a.rb"),
        ["Rust"] = new("rustc", "a.rs", "fn main() { println!(\"hello {}\", 6 * 7) }", "rustc a.rs && ./a"),
        ["Scala"] = new("scalac", "A.scala", "object A { def main(a: Array[String]): Unit = println(\"hello \" + 6 * 7) }", "scalac A.scala && scala A"),
        ["SQLite"] = new("sqlite3", "", "", "sqlite3 :memory: \"select 'hello ' || (6 * 7)\""),
        ["Tcl"] = new("tclsh", "a.tcl", "puts \"hello [expr 6 * 7]\"", "tclsh a.tcl"),
        ["XML catalogs"] = new("xmllint", "a.xml", "<a>hello 42</a>", "xmllint --catalogs --xpath 'string(/a)' a.xml 2> /dev/null"),
        ["alternatives"] = new("awk", "", "", "for p in awk pager editor vi java cc c++ nawk; do command -v $p > /dev/null && readlink -e $(command -v $p); done | sort; true", ""),
    };
}
