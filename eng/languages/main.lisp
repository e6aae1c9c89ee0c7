(let ((what (second sb-ext:*posix-argv*)))
  (cond
    ((string= what "hello") (format t "hello ~a~%" (* 6 7)))
    ((string= what "terminal")
     (format t "~a~%" (if (= 1 (sb-alien:alien-funcall (sb-alien:extern-alien "isatty" (function sb-alien:int sb-alien:int)) 1)) "terminal" "none")))
    (t
     (let ((last nil) (table (make-hash-table)))
       (dotimes (i 20000) (setf last (make-array 100000 :element-type '(unsigned-byte 8))))
       (dotimes (round 10)
         (dotimes (i 300000) (setf (gethash i table) (vector round i))))
       (format t "~a~%" (if (= 400000 (+ (length last) (hash-table-count table))) "done" "lost"))))))
