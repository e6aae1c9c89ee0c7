object Main {
  var last: Array[Byte] = null

  def main(arguments: Array[String]): Unit = arguments(0) match {
    case "hello" => println("hello " + 6 * 7)
    case "terminal" => println(if (System.console() != null) "terminal" else "none")
    case _ =>
      for (i <- 0 until 20000) last = new Array[Byte](100000)
      val map = scala.collection.mutable.HashMap[Int, Array[Int]]()
      for (round <- 0 until 10; i <- 0 until 300000) map(i) = Array(round, i)
      println(if (map.size == 300000) "done" else "lost")
  }
}
