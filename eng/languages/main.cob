       IDENTIFICATION DIVISION.
       PROGRAM-ID. MAIN.
       DATA DIVISION.
       WORKING-STORAGE SECTION.
       01 WHAT PIC X(20).
       01 ANSWER BINARY-LONG.
       01 HELD PIC X(241172480) BASED.
       PROCEDURE DIVISION.
           ACCEPT WHAT FROM COMMAND-LINE.
           EVALUATE WHAT
               WHEN "hello"
                   DISPLAY "hello 42"
               WHEN "terminal"
                   CALL STATIC "isatty" USING BY VALUE 1
                       RETURNING ANSWER
                   IF ANSWER = 1 DISPLAY "terminal" END-IF
               WHEN OTHER
                   ALLOCATE HELD
                   MOVE ALL "x" TO HELD
                   IF HELD(241172480:1) = "x" DISPLAY "done" END-IF
           END-EVALUATE.
           STOP RUN.
