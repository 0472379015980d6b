/** The demo: the main job from start to end on the embedded stack, with checks. */
@NullMarked
package dev.keepwarm.demo;

import org.jspecify.annotations.NullMarked;
