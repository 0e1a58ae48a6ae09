package io.github.tcd4j.tensor.file;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the pickle inside a file of {@code torch.save}. A pickle is a program; this reads the few
 * instructions that build plain data, and hands every other wish (a class to look up, a function to
 * call, a storage to find) to {@link Builder}, which knows a short list. Nothing is executed.
 *
 * <p>Dictionaries become {@code Map}, lists and tuples {@code List}, None {@link #NONE}.
 */
final class PickleReader {
  static final Object NONE = "None".toCharArray();

  private static final Object MARK = new Object();
  private static final int MAX_TEXT = 1 << 20;

  /** What a pickle may ask for beside plain data. */
  interface Builder {
    /** What stands for a class or function; refuses those that it does not know. */
    Object global(String module, String name);

    /** The result of calling {@code callee}, which came from {@link #global}. */
    Object call(Object callee, List<?> arguments);

    /** Takes what it needs of the attributes of an object, which came from {@link #call}. */
    void build(Object object, Object attributes);

    /** The thing that is stored outside of the pickle. */
    Object persistent(Object id);
  }

  /** What is wrong with a pickle. */
  static final class Fault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Fault(String message) {
      super(message);
    }
  }

  private final ByteBuffer in;
  private final Builder builder;
  private final List<Object> stack = new ArrayList<>();
  private final Map<Integer, Object> memo = new HashMap<>();

  private PickleReader(ByteBuffer pickle, Builder builder) {
    in = pickle.order(ByteOrder.LITTLE_ENDIAN);
    this.builder = builder;
  }

  /**
   * The object that the pickle describes.
   *
   * @throws Fault if it is damaged, or asks for what is not allowed, which is named
   */
  static Object read(byte[] pickle, Builder builder) {
    return read(ByteBuffer.wrap(pickle), builder);
  }

  /**
   * The same of the pickle at the buffer's position, which is behind it afterwards.
   *
   * @throws Fault as before
   */
  static Object read(ByteBuffer pickle, Builder builder) {
    try {
      return new PickleReader(pickle, builder).run();
    } catch (BufferUnderflowException e) {
      throw new Fault("the pickle ends early");
    } catch (NoSuchElementException e) {
      throw new Fault("the pickle pops more from its stack than is there");
    }
  }

  private Object run() {
    while (true) {
      int at = in.position();
      int op = in.get() & 0xff;
      switch (op) {
        case 0x80 -> protocol(in.get());
        case 0x95 -> in.getLong(); // FRAME
        case '.' -> {
          return pop();
        }
        case '(' -> push(MARK);
        case '0' -> pop();
        case 'N' -> push(NONE);
        case 0x88 -> push(true);
        case 0x89 -> push(false);
        case 'J' -> push((long) in.getInt());
        case 'K' -> push((long) (in.get() & 0xff));
        case 'M' -> push((long) (in.getShort() & 0xffff));
        case 0x8a -> push(longInteger(in.get() & 0xff));
        case 'G' -> push(Double.longBitsToDouble(Long.reverseBytes(in.getLong())));
        case 'X', 'T' -> push(text(in.getInt()));
        case 0x8c, 'U' -> push(text(in.get() & 0xff));
        case 'B' -> push(raw(in.getInt()));
        case 'C' -> push(raw(in.get() & 0xff));
        case '}' -> push(new LinkedHashMap<>());
        case ']', ')', 0x8f -> push(new ArrayList<>());
        case 't' -> push(marked());
        case 'd' -> push(entries(new LinkedHashMap<>(), marked()));
        case 'l' -> push(marked());
        case 0x85, 0x86, 0x87 -> push(last(op - 0x84));
        case 's' -> set(last(2));
        case 'u' -> set(marked());
        case 'a' -> append(last(1));
        case 'e', 0x90 -> append(marked());
        case 'q' -> memo.put(in.get() & 0xff, peek());
        case 'r' -> memo.put(in.getInt(), peek());
        case 0x94 -> memo.put(memo.size(), peek());
        case 'h' -> push(remembered(in.get() & 0xff));
        case 'j' -> push(remembered(in.getInt()));
        case 'c' -> push(builder.global(line(), line()));
        case 0x93 -> {
          List<Object> names = last(2);
          push(builder.global(string(names.get(0)), string(names.get(1))));
        }
        case 'R', 0x81 -> {
          List<Object> call = last(2);
          push(builder.call(call.get(0), list(call.get(1))));
        }
        case 'b' -> { // BUILD
          Object attributes = pop();
          builder.build(peek(), attributes);
        }
        case 'Q' -> push(builder.persistent(pop()));
        default -> throw new Fault(refused(op, at));
      }
    }
  }

  private static String refused(int op, int at) {
    return String.format("the pickle has instruction 0x%02x at byte %d, which is not read", op, at);
  }

  private static void protocol(int version) {
    if (version < 2 || version > 5) {
      throw new Fault("the pickle is of protocol " + version + "; 2 to 5 are read");
    }
  }

  private void push(Object value) {
    stack.add(value);
  }

  private Object peek() {
    if (stack.isEmpty() || stack.get(stack.size() - 1) == MARK) {
      throw new NoSuchElementException();
    }
    return stack.get(stack.size() - 1);
  }

  private Object pop() {
    Object top = peek();
    stack.remove(stack.size() - 1);
    return top;
  }

  private List<Object> last(int n) {
    Object[] values = new Object[n];
    for (int i = n - 1; i >= 0; i--) {
      values[i] = pop();
    }
    return new ArrayList<>(Arrays.asList(values));
  }

  /** What was pushed since the last mark, which is taken away too. */
  private List<Object> marked() {
    int mark = stack.lastIndexOf(MARK);
    if (mark < 0) {
      throw new NoSuchElementException();
    }
    List<Object> above = stack.subList(mark, stack.size());
    List<Object> values = new ArrayList<>(above.subList(1, above.size()));
    above.clear();
    return values;
  }

  @SuppressWarnings("unchecked")
  private void set(List<Object> pairs) {
    if (!(peek() instanceof Map<?, ?> map)) {
      throw new Fault("the pickle puts entries into something that is no dictionary");
    }
    entries((Map<Object, Object>) map, pairs);
  }

  private static Map<Object, Object> entries(Map<Object, Object> map, List<Object> pairs) {
    if (pairs.size() % 2 != 0) {
      throw new Fault("the pickle has a key without a value");
    }
    for (int i = 0; i < pairs.size(); i += 2) {
      Object key = pairs.get(i);
      // Others may hold themselves, and would be hashed for ever.
      if (key instanceof String || key instanceof Number || key instanceof Boolean) {
        map.put(key, pairs.get(i + 1));
      }
    }
    return map;
  }

  @SuppressWarnings("unchecked")
  private void append(List<Object> values) {
    if (!(peek() instanceof List<?> list)) {
      throw new Fault("the pickle appends to something that is no list");
    }
    ((List<Object>) list).addAll(values);
  }

  private Object remembered(int key) {
    Object value = memo.get(key);
    if (value == null) {
      throw new Fault("the pickle recalls " + key + ", which it never stored");
    }
    return value;
  }

  private byte[] raw(int length) {
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  private String text(int length) {
    if (length > MAX_TEXT) {
      throw new Fault("the pickle has a text of " + length + " bytes; at most " + MAX_TEXT);
    }
    return new String(raw(length), StandardCharsets.UTF_8);
  }

  private long longInteger(int length) {
    if (length > 8) {
      throw new Fault("the pickle has an integer of " + length + " bytes; at most 8 are read");
    }
    byte[] bytes = raw(length);
    long value = length == 0 ? 0 : bytes[length - 1] < 0 ? -1 : 0;
    for (int i = length - 1; i >= 0; i--) {
      value = value << 8 | bytes[i] & 0xff;
    }
    return value;
  }

  private String line() {
    int start = in.position();
    while (in.get() != '\n') {
      if (in.position() - start > MAX_TEXT) {
        throw new Fault("the pickle has a line of more than " + MAX_TEXT + " bytes");
      }
    }
    byte[] bytes = new byte[in.position() - 1 - start];
    in.get(start, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  static String string(@Nullable Object value) {
    return as(value, "a text", String.class);
  }

  static long integer(@Nullable Object value) {
    return as(value, "a whole number", Long.class);
  }

  static List<?> list(@Nullable Object value) {
    return as(value, "a tuple", List.class);
  }

  private static <T> T as(@Nullable Object value, String wanted, Class<T> type) {
    if (!type.isInstance(value)) {
      String kind = value == null ? "nothing" : value.getClass().getSimpleName();
      throw new Fault("the pickle has " + kind + " where " + wanted + " belongs");
    }
    return type.cast(value);
  }
}
