/** Span attributes and metrics of a reader, for OpenTelemetry. */
@NullMarked
package dev.keepwarm.reader.opentelemetry;

import org.jspecify.annotations.NullMarked;
