package dev.keepwarm.integration;

import dev.keepwarm.engine.LeakScan;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Prints every object of Keepwarm's that can be reached from some others, as a log or a debugger
 * would. Of objects that the JDK does not open, only collections are followed.
 */
final class PrintedForms {
  private final LeakScan scan;
  private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Deque<Object> left = new ArrayDeque<>();
  private int printed;

  private PrintedForms(LeakScan scan) {
    this.scan = scan;
  }

  /**
   * Scans the printed forms.
   *
   * @return how many objects of Keepwarm's were printed
   */
  static int scan(LeakScan scan, Object... roots) {
    PrintedForms forms = new PrintedForms(scan);
    for (Object root : roots) {
      forms.reach(root);
    }
    while (!forms.left.isEmpty()) {
      forms.visit(forms.left.pop());
    }
    return forms.printed;
  }

  private void reach(@Nullable Object object) {
    if (object != null && seen.add(object)) {
      left.push(object);
    }
  }

  private void visit(Object object) {
    Class<?> type = object.getClass();
    if (isOurs(type)) {
      printed++;
      scan.scan("printed form of " + type.getName(), object.toString());
    }
    if (object instanceof Map<?, ?> map) {
      map.forEach((key, value) -> {
        reach(key);
        reach(value);
      });
    } else if (object instanceof Collection<?> collection && type.getName().startsWith("java.")) {
      collection.forEach(this::reach);
    } else if (type.isArray() && !type.getComponentType().isPrimitive()) {
      for (int i = 0; i < Array.getLength(object); i++) {
        reach(Array.get(object, i));
      }
    }
    for (Class<?> c = type; c != null; c = c.getSuperclass()) {
      for (Field field : isOurs(c) || isCaches(c) ? c.getDeclaredFields() : new Field[0]) {
        if (!Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()) {
          field.setAccessible(true);
          try {
            reach(field.get(object));
          } catch (IllegalAccessException e) {
            throw new AssertionError(e);
          }
        }
      }
    }
  }

  private static boolean isOurs(Class<?> type) {
    return type.getName().startsWith("dev.keepwarm.") && !type.getName().contains(".it.");
  }

  private static boolean isCaches(Class<?> type) {
    return type.getName().startsWith("com.github.benmanes.caffeine.");
  }
}
