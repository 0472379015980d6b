package dev.keepwarm.decryptor.dotnet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Computes a constant IV from the way texts begin. Under one IV, the first blocks of all values are
 * texts xor the same bytes. So each byte of the IV has to turn all of them into characters, and
 * these have to fit the second blocks that follow. A value of one block says the most, because its
 * padding is known. The result is certain enough if the most likely IV is far ahead of all others.
 *
 * <p>For one detection; not thread-safe. The caller wipes the values.
 */
final class ConstantIv {

  /** The most values that are used: more would take time and hardly help. */
  private static final int MAX_VALUES = 12;

  /** How many beginnings of the IV are followed at once, and by how much the best may lead. */
  private static final int BEAM = 1000;

  private static final double BEAM_BITS = 30;

  /** The right IV may be lost if a beginning closer to the best than this had to be dropped. */
  private static final double LEAST_GIVEN_UP = 10;

  /** How many bits the texts gain for each character, beyond those of the IV. */
  private static final double LEAST_GAINED = 1.5;

  /** If so few bits of the IV are open, all IVs were compared, and the gain does not matter. */
  private static final double ENUMERATED = 12;

  /** If all texts share so many bytes at their beginning, only the model supports them. */
  private static final int MAX_ALIKE = 2;

  /** How much of the rest is used, in characters. */
  private static final int REST = 48;

  private static final double UNSEEN = 1e-7;

  /** The kinds of texts: words and structures; base64 tokens; any characters of the keyboard. */
  private static final double[] KINDS = {0.6, 0.2, 0.2};

  /** The least weight of a kind, because a user's name may precede a random password. */
  private static final double LEAST_WEIGHT = 0.05;

  private static final double[] TOKEN = new double[256];
  private static final double[] ANY = new double[256];

  static {
    for (int symbol = 0; symbol < 256; symbol++) {
      boolean isControl = symbol < 0x20 || symbol == 0x7F;
      TOKEN[symbol] = isToken(symbol) ? 0.99 / 67 : isControl ? UNSEEN : 0.01 / 189;
      ANY[symbol] = symbol >= 0x20 && symbol < 0x7F ? 0.98 / 95 : isControl ? UNSEEN : 0.02 / 128;
    }
  }

  /** The likelihood of each character that a text shares with the beginning of an earlier one. */
  private static final double SHARED = 0.7;

  private final Beginnings beginnings;
  private final List<Value> values;
  private final Padding padding;
  private final TextEncoding encoding;
  private final int blockBytes;
  private final int unit;
  private final boolean[][] shared;
  private final double[][] weights;

  /** How far behind the best the likeliest beginning was that was dropped for lack of room. */
  private double leastGivenUp;

  /**
   * A value's plaintext.
   *
   * @param first its first block, decrypted as if the IV were zeros
   * @param rest its text after that, without padding
   * @param isAll whether there is no other block, so that the padding is in this one
   */
  record Value(byte[] first, byte[] rest, boolean isAll) {}

  /**
   * The result.
   *
   * @param iv the most likely IV
   * @param ahead how much likelier it is than all others together, in bits. At most 0 if there were
   *     too many likely ones to follow them all, or if all texts begin alike, so that nothing
   *     confirms the beginning
   * @param bits the likelihood of the values under any constant IV, as a logarithm
   */
  record Found(byte[] iv, double ahead, double bits) {}

  /**
   * The values of one scheme.
   *
   * @param values without duplicates
   */
  ConstantIv(Beginnings beginnings, List<Value> values, Padding padding, TextEncoding encoding) {
    this.beginnings = beginnings;
    this.values = distinct(values);
    this.padding = padding;
    this.encoding = encoding;
    this.blockBytes = this.values.getFirst().first().length;
    this.unit = encoding == TextEncoding.UTF_16LE || encoding == TextEncoding.UTF_16LE_BOM ? 2 : 1;
    this.shared = new boolean[this.values.size()][blockBytes];
    for (int i = 0; i < this.values.size(); i++) {
      for (int earlier = 0; earlier < i; earlier++) {
        share(this.values.get(i), this.values.get(earlier), shared[i]);
      }
    }
    this.weights = this.values.stream().map(this::weights).toArray(double[][]::new);
  }

  private static List<Value> distinct(List<Value> values) {
    List<Value> distinct = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (Value value : values) {
      if (distinct.size() < MAX_VALUES
          && seen.add(Arrays.toString(value.first()) + (value.isAll() ? "." : ""))) {
        distinct.add(value);
      }
    }
    return distinct;
  }

  /** Marks shared characters. Texts of one form are not independent, so these count only once. */
  private static void share(Value one, Value earlier, boolean[] shared) {
    if (one.isAll() || earlier.isAll()) {
      return;
    }
    for (int at = 0; at < shared.length && one.first()[at] == earlier.first()[at]; at++) {
      shared[at] = true;
    }
  }

  /** How likely each kind of text is, given the rest of the value without its first characters. */
  private double[] weights(Value value) {
    double[] likelihoods = KINDS.clone();
    if (value.isAll()) {
      return likelihoods;
    }
    State state = new State("", 0, 'a', likelihoods, null);
    int to = Math.min(value.rest().length, REST * unit) / unit * unit;
    double[] begin = KINDS.clone();
    for (int at = 0; at < to; at += unit) {
      state = next(state, value.rest(), at);
      if (at == (Beginnings.CONTEXT - 1) * unit) {
        begin = state.texts.clone();
      }
    }
    if (to <= Beginnings.CONTEXT * unit) {
      return KINDS.clone();
    }
    double[] weights = new double[KINDS.length];
    double most = 0;
    for (int kind = 0; kind < weights.length; kind++) {
      weights[kind] = KINDS[kind] * state.texts[kind] / begin[kind];
      most = Math.max(most, weights[kind]);
    }
    for (int kind = 0; kind < weights.length; kind++) {
      weights[kind] = Math.max(weights[kind] / most, LEAST_WEIGHT);
    }
    return weights;
  }

  /** The state of a value that was read up to some place under some IV. */
  private static final class State {
    private final String context;
    private final int pending;
    private final char last;

    /** The likelihoods of the characters read so far, by kind of text. */
    private final double[] texts;

    /** The likelihoods of a text that ended at each place and is followed by its padding. */
    private final double @Nullable [] ended;

    State(String context, int pending, char last, double[] texts, double @Nullable [] ended) {
      this.context = context;
      this.pending = pending;
      this.last = last;
      this.texts = texts;
      this.ended = ended;
    }

    double textLikelihood() {
      double sum = 0;
      for (double text : texts) {
        sum += text;
      }
      return sum;
    }

    double likelihood() {
      double sum = textLikelihood();
      if (ended != null) {
        for (double each : ended) {
          sum += each;
        }
      }
      return sum;
    }
  }

  private record Path(double bits, byte[] iv, List<State> states) {}

  private State start(int value) {
    return new State(
        String.valueOf(Beginnings.START),
        0,
        'a',
        weights[value].clone(),
        values.get(value).isAll() ? new double[blockBytes] : null);
  }

  /** How likely the values are under these IVs, as a logarithm. */
  double bitsOf(List<byte[]> ivs) {
    double bits = 0;
    for (int i = 0; i < values.size(); i++) {
      byte[] plain = xor(values.get(i).first(), ivs.get(i));
      State state = start(i);
      for (int at = 0; at < blockBytes; at += unit) {
        state = advanced(i, state, plain, at);
      }
      bits += log(finished(i, state));
    }
    return bits;
  }

  /** Whether the values support the IV, and not the model alone. */
  private boolean isSupported(byte[] iv) {
    if (leastGivenUp < LEAST_GIVEN_UP) {
      return false;
    }
    Value first = values.getFirst();
    return isOverdetermined(iv)
        && values.stream()
            .anyMatch(value ->
                value.isAll()
                    || !Arrays.equals(value.first(), 0, MAX_ALIKE, first.first(), 0, MAX_ALIKE));
  }

  /**
   * Whether the texts are so much likelier than random characters that few IVs give such texts.
   * Where no value shows its padding, the texts have to gain more bits than the IV has.
   */
  private boolean isOverdetermined(byte[] iv) {
    List<State> states = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      states.add(start(i));
    }
    double gained = 0;
    int open = 0;
    for (int at = 0; at < blockBytes; at += unit) {
      double gain = -8;
      boolean isPadding = false;
      for (int i = 0; i < values.size(); i++) {
        State before = states.get(i);
        State after = advanced(i, before, xor(values.get(i).first(), iv), at);
        states.set(i, after);
        isPadding |= after.ended != null && after.likelihood() > 2 * after.textLikelihood();
        if (!shared[i][at + unit - 1]) {
          gain += 8 + log(after.likelihood() / before.likelihood());
        }
      }
      if (!isPadding) {
        gained += gain;
        open++;
      }
    }
    return gained >= LEAST_GAINED * open - ENUMERATED;
  }

  /**
   * The likelihood under any constant IV, computed as if characters did not depend on those before
   * them. With few values, far more IVs are likely than the search follows.
   */
  private double bitsOfAny() {
    List<byte[]> firstBlocks = values.stream().map(Value::first).toList();
    double bits = Evidence.ofConstantIv(firstBlocks, unit == 2) - 8.0 * blockBytes * values.size();
    for (int i = 0; i < values.size(); i++) {
      if (!values.get(i).isAll()) {
        bits += log(finished(i, new State("", 0, 'a', weights[i].clone(), null)));
      }
    }
    return bits;
  }

  /** The values that are used. */
  List<Value> values() {
    return values;
  }

  /** How likely the values are if the first block is the IV, and the rest is the whole text. */
  double bitsIfPrepended(double refused) {
    double bits = 0;
    for (int i = 0; i < values.size(); i++) {
      bits -= 8.0 * blockBytes;
      Value value = values.get(i);
      if (value.isAll()) {
        bits += refused;
        continue;
      }
      State state = new State(String.valueOf(Beginnings.START), 0, 'a', weights[i].clone(), null);
      bits += log(finished(i, state));
    }
    return bits;
  }

  /** Searches for the IV: follows its likeliest beginnings, character by character. */
  Found search() {
    leastGivenUp = BEAM_BITS;
    List<State> starts = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      starts.add(start(i));
    }
    List<Path> beam = List.of(new Path(0, new byte[0], starts));
    for (int at = 0; at < blockBytes; at += unit) {
      beam = longer(beam, at);
    }
    double best = Double.NEGATIVE_INFINITY;
    byte[] iv = new byte[blockBytes];
    double[] all = new double[beam.size()];
    for (int p = 0; p < beam.size(); p++) {
      Path path = beam.get(p);
      double bits = 0;
      for (int i = 0; i < values.size(); i++) {
        bits += log(finished(i, path.states().get(i)));
      }
      all[p] = bits;
      if (bits > best) {
        best = bits;
        iv = path.iv();
      }
    }
    double others = 0;
    boolean isBest = false;
    for (double bits : all) {
      if (bits == best && !isBest) {
        isBest = true;
      } else {
        others += Math.pow(2, bits - best);
      }
    }
    double floor = Math.pow(2, -BEAM_BITS);
    double bits = best + log(1 + others) - 8.0 * blockBytes;
    double ahead = -log(others + floor);
    return new Found(iv, isSupported(iv) ? ahead : Math.min(ahead, 0), Math.max(bits, bitsOfAny()));
  }

  private record Step(Path from, byte[] unit, double bits) {}

  private List<Path> longer(List<Path> beam, int at) {
    List<byte[]> units = units(at);
    double[] likelihoods = new double[units.size()];
    double best = Double.NEGATIVE_INFINITY;
    List<Step> steps = new ArrayList<>();
    for (Path path : beam) {
      Arrays.fill(likelihoods, 1);
      for (int i = 0; i < values.size(); i++) {
        if (!shared[i][at + unit - 1]) {
          multiply(likelihoods, units, values.get(i).first(), path.states().get(i), at);
        }
      }
      // Most can be excluded without a logarithm, which costs more than all the rest.
      double least = Math.pow(2, best - BEAM_BITS - path.bits());
      for (int u = 0; u < likelihoods.length; u++) {
        if (likelihoods[u] > least) {
          double bits = path.bits() + log(likelihoods[u]);
          steps.add(new Step(path, units.get(u), bits));
          if (bits > best) {
            best = bits;
            least = Math.pow(2, best - BEAM_BITS - path.bits());
          }
        }
      }
    }
    double least = best - BEAM_BITS;
    List<Step> likely =
        steps.stream()
            .filter(step -> step.bits() > least)
            .sorted(Comparator.comparingDouble(Step::bits).reversed())
            .toList();
    if (likely.size() > BEAM) {
      leastGivenUp = Math.min(leastGivenUp, best - likely.get(BEAM).bits());
    }
    return likely.stream().limit(BEAM).map(step -> path(step, at)).toList();
  }

  private List<byte[]> units(int at) {
    List<byte[]> units = new ArrayList<>();
    List<Integer> highBytes = unit == 1 ? List.of(0) : likelyHighBytes(at + 1);
    for (int high : highBytes) {
      for (int low = 0; low < 256; low++) {
        units.add(unit == 1 ? new byte[] {(byte) low} : new byte[] {(byte) low, (byte) high});
      }
    }
    return units;
  }

  private void multiply(
      double[] likelihoods, List<byte[]> units, byte[] first, State state, int at) {
    double before = state.likelihood();
    double[] distribution = beginnings.after(state.context);
    byte[] plain = new byte[blockBytes];
    for (int u = 0; u < likelihoods.length; u++) {
      byte[] iv = units.get(u);
      for (int b = 0; b < unit; b++) {
        plain[at + b] = (byte) (first[at + b] ^ iv[b]);
      }
      likelihoods[u] *= likelihood(state, distribution, plain, at) / before;
    }
  }

  private Path path(Step step, int at) {
    byte[] iv = Arrays.copyOf(step.from().iv(), at + unit);
    System.arraycopy(step.unit(), 0, iv, at, unit);
    List<State> states = new ArrayList<>();
    byte[] plain = new byte[blockBytes];
    for (int i = 0; i < values.size(); i++) {
      byte[] first = values.get(i).first();
      for (int b = 0; b < unit; b++) {
        plain[at + b] = (byte) (first[at + b] ^ step.unit()[b]);
      }
      states.add(advanced(i, step.from().states().get(i), plain, at));
    }
    return new Path(step.bits(), iv, states);
  }

  /** The likely high bytes: nearly always all texts have the same one here, mostly zero. */
  private List<Integer> likelyHighBytes(int at) {
    double[] bits = new double[256];
    for (int high = 0; high < 256; high++) {
      for (Value value : values) {
        int plain = (value.first()[at] & 0xFF) ^ high;
        double ended =
            !value.isAll()
                ? 0
                : padding == Padding.PKCS7 && plain <= blockBytes && plain % 2 == 0
                    ? 0.05
                    : padding == Padding.ISO10126 ? 1.0 / 256 : 0;
        bits[high] +=
            log(
                ended
                    + (plain == 0
                        ? 0.95
                        : plain < 7 || plain == 0x20 || plain == 0x30 ? 0.003 : 0.02 / 247));
      }
    }
    double best = Arrays.stream(bits).max().orElseThrow();
    List<Integer> likely = new ArrayList<>();
    for (int high = 0; high < 256; high++) {
      if (bits[high] > best - BEAM_BITS / 2) {
        likely.add(high);
      }
    }
    likely.sort(Comparator.comparingDouble(high -> -bits[high]));
    return likely.subList(0, Math.min(4, likely.size()));
  }

  /** The likelihood of everything read so far and this unit; cheaper than {@link #advanced}. */
  private double likelihood(State state, double[] distribution, byte[] plain, int at) {
    int symbol = symbolAt(plain, at);
    double sum = 0;
    for (int kind = 0; kind < state.texts.length; kind++) {
      sum += state.texts[kind] * text(kind, state, distribution, symbol);
    }
    if (state.ended != null) {
      for (int end = 0; end <= at; end += unit) {
        double before = end == at ? ends(state) : state.ended[end];
        if (before > 0) {
          sum += before * padded(plain, at, end);
        }
      }
    }
    return sum;
  }

  private State advanced(int value, State state, byte[] plain, int at) {
    double[] distribution = beginnings.after(state.context);
    boolean isShared = shared[value][at + unit - 1];
    double[] texts = state.texts.clone();
    for (int kind = 0; kind < texts.length; kind++) {
      texts[kind] *= isShared ? SHARED : text(kind, state, distribution, symbolAt(plain, at));
    }
    double[] ended = null;
    if (state.ended != null) {
      ended = state.ended.clone();
      for (int end = 0; end <= at; end += unit) {
        ended[end] = (end == at ? ends(state) : ended[end]) * padded(plain, at, end);
      }
    }
    return moved(state, plain, at, texts, ended);
  }

  /** Reads the next unit of a value that is known to be text. */
  private State next(State state, byte[] text, int at) {
    double[] distribution = beginnings.after(state.context);
    double[] texts = state.texts.clone();
    for (int kind = 0; kind < texts.length; kind++) {
      texts[kind] *= text(kind, state, distribution, symbolAt(text, at));
    }
    return moved(state, text, at, texts, state.ended);
  }

  private State moved(
      State state, byte[] bytes, int at, double[] texts, double @Nullable [] ended) {
    int symbol = symbolAt(bytes, at);
    int pending = state.pending;
    if (unit == 1 && encoding != TextEncoding.WINDOWS_1252) {
      if (pending > 0 && (symbol & 0xC0) == 0x80) {
        return new State(state.context, pending - 1, (char) symbol, texts, ended);
      }
      pending = symbol < 0xC0 ? 0 : symbol < 0xE0 ? 1 : symbol < 0xF0 ? 2 : 3;
    }
    String context = state.context + (char) Math.min(symbol, Beginnings.OTHER);
    int from = Math.max(0, context.length() - Beginnings.CONTEXT);
    return new State(context.substring(from), pending, (char) symbol, texts, ended);
  }

  private double text(int kind, State state, double[] distribution, int symbol) {
    return switch (kind) {
      case 0 -> words(state, distribution, symbol);
      case 1 -> symbol < 256 ? TOKEN[symbol] : UNSEEN;
      default -> symbol < 256 ? ANY[symbol] : UNSEEN;
    };
  }

  private double words(State state, double[] distribution, int symbol) {
    if (unit == 1 && state.pending > 0) {
      return continuation(state.last, symbol);
    }
    if (symbol < Beginnings.OTHER) {
      return distribution[symbol];
    }
    double outside = distribution[Beginnings.OTHER];
    if (unit == 2) {
      return outside * outside(state.last, (char) symbol);
    }
    return encoding == TextEncoding.WINDOWS_1252 ? outside / 128 : outside * lead(symbol);
  }

  /** The likelihood of a UTF-8 continuation byte; emoji and invalid characters are recognised. */
  private static double continuation(int last, int symbol) {
    if ((symbol & 0xC0) != 0x80) {
      return UNSEEN;
    }
    return switch (last) {
      case 0xF0 -> symbol == 0x9F ? 0.9 : symbol >= 0x90 ? 0.1 / 47 : UNSEEN;
      case 0xE0 -> symbol >= 0xA0 ? 1.0 / 32 : UNSEEN;
      case 0xED -> symbol < 0xA0 ? 1.0 / 32 : UNSEEN;
      case 0xF4 -> symbol < 0x90 ? 1.0 / 16 : UNSEEN;
      default -> 1.0 / 64;
    };
  }

  /** The likelihood of the first byte of a character outside ASCII in UTF-8. */
  private static double lead(int symbol) {
    return switch (symbol) {
      case 0xC3 -> 0.4;
      case 0xC2, 0xC4, 0xC5 -> 0.06;
      case 0xD0, 0xD1 -> 0.06;
      case 0xCE, 0xCF -> 0.03;
      case 0xE2 -> 0.06;
      case 0xEF -> 0.02;
      case 0xF0 -> 0.03;
      default -> symbol >= 0xC4 && symbol < 0xF0 ? 0.11 / 38 : UNSEEN;
    };
  }

  /** The likelihood of a UTF-16 unit outside ASCII; one script mostly has the same high byte. */
  private static double outside(char last, char symbol) {
    if (last >= Beginnings.OTHER && last >> 8 == symbol >> 8) {
      return 0.5 / 256;
    }
    return symbol < 0x180 ? 0.6 / 256 : symbol < 0x2100 ? 0.2 / 8000 : 0.1 / 60_000;
  }

  private static boolean isToken(int symbol) {
    return (symbol >= 'a' && symbol <= 'z')
        || (symbol >= 'A' && symbol <= 'Z')
        || (symbol >= '0' && symbol <= '9')
        || symbol == '+'
        || symbol == '/'
        || symbol == '='
        || symbol == '-'
        || symbol == '_';
  }

  private int symbolAt(byte[] bytes, int at) {
    return unit == 1 ? bytes[at] & 0xFF : (bytes[at] & 0xFF) | (bytes[at + 1] & 0xFF) << 8;
  }

  /** The likelihood that the text ends here. */
  private double ends(State state) {
    return state.textLikelihood() * unit / blockBytes;
  }

  /** The likelihood of a unit of the padding of a text that ended before it. */
  private double padded(byte[] plain, int at, int end) {
    double likelihood = 1;
    for (int b = at; b < at + unit; b++) {
      int symbol = plain[b] & 0xFF;
      boolean isLast = b == blockBytes - 1;
      likelihood *=
          switch (padding) {
            case PKCS7 -> symbol == blockBytes - end ? 1 : 0;
            case ZEROS, NONE -> symbol == 0 ? 1 : 0;
            case ANSIX923 -> symbol == (isLast ? blockBytes - end : 0) ? 1 : 0;
            case ISO10126 -> isLast ? symbol == blockBytes - end ? 1 : 0 : 1.0 / 256;
          };
    }
    return likelihood;
  }

  /** The likelihood of a value whose first block was read, including the rest. */
  private double finished(int value, State state) {
    Value read = values.get(value);
    if (read.isAll()) {
      double sum = Arrays.stream(Optional.ofNullable(state.ended).orElseThrow()).sum();
      return padding == Padding.ZEROS || padding == Padding.NONE ? sum + ends(state) : sum;
    }
    State end = state;
    int to = Math.min(read.rest().length / unit, Beginnings.CONTEXT) * unit;
    for (int at = 0; at < to; at += unit) {
      end = next(end, read.rest(), at);
    }
    return end.likelihood();
  }

  private static byte[] xor(byte[] one, byte[] other) {
    byte[] xor = one.clone();
    for (int at = 0; at < xor.length; at++) {
      xor[at] ^= other[at];
    }
    return xor;
  }

  private static double log(double likelihood) {
    return Math.log(Math.max(likelihood, 1e-300)) / Math.log(2);
  }
}
