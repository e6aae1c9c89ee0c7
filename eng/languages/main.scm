(define what (cadr (command-line)))
(cond
  ((string=? what "hello") (display "hello ") (display (* 6 7)))
  ((string=? what "terminal") (display (if (isatty? (current-output-port)) "terminal" "none")))
  (else
    (use-modules (rnrs bytevectors))
    (do ((i 0 (+ i 1))) ((= i 20000)) (make-bytevector 100000 1))
    (let ((table (make-hash-table)))
      (do ((round 0 (+ round 1))) ((= round 10))
        (do ((i 0 (+ i 1))) ((= i 300000)) (hashv-set! table i (vector round i))))
      (display (if (= (hash-count (const #t) table) 300000) "done" "lost")))))
(newline)
