/** What a reader does, for OpenTelemetry. */
@NullMarked
package dev.keepwarm.reader.opentelemetry;

import org.jspecify.annotations.NullMarked;
