/**
 * Commands that make pictures or read them: {@code generate}, {@code replay}, {@code demo}, {@code
 * metadata}.
 */
@NullMarked
package io.github.tcd4j.cli.generate;

import org.jspecify.annotations.NullMarked;
