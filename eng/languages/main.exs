case System.argv() do
  ["hello"] ->
    IO.puts("hello #{6 * 7}")

  ["terminal"] ->
    IO.puts(if match?({:ok, _}, :io.columns()), do: "terminal", else: "none")

  _ ->
    for _ <- 1..20_000, do: :binary.copy(<<1>>, 100_000)

    map =
      Enum.reduce(1..10, %{}, fn round, map ->
        Enum.reduce(1..100_000, map, fn i, map -> Map.put(map, i, {round, i}) end)
      end)

    IO.puts(if map_size(map) == 100_000, do: "done", else: "lost")
end
