(case (first *command-line-args*)
  "hello" (println "hello" (* 6 7))
  "terminal" (println (if (System/console) "terminal" "none"))
  (do
    (dotimes [_ 20000] (byte-array 100000))
    (let [map (java.util.HashMap.)]
      (dotimes [round 10] (dotimes [i 300000] (.put map i [round i])))
      (println (if (= (.size map) 300000) "done" "lost")))))
