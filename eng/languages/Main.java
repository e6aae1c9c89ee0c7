import java.util.HashMap;
import java.util.Map;

public class Main {
    static byte[] last;

    public static void main(String[] arguments) {
        switch (arguments[0]) {
            case "hello" -> System.out.println("hello " + 6 * 7);
            case "terminal" -> System.out.println(System.console() != null ? "terminal" : "none");
            default -> {
                for (int i = 0; i < 20_000; i++)
                    last = new byte[100_000];
                Map<Integer, Object[]> map = new HashMap<>();
                for (int round = 0; round < 10; round++)
                    for (int i = 0; i < 300_000; i++)
                        map.put(i, new Object[] { round, i });
                System.out.println(map.size() == 300_000 ? "done" : "lost");
            }
        }
    }
}
