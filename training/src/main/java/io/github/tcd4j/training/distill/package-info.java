/**
 * Distillation of a teacher into a student, which is a LoRA or a whole network: methods, students,
 * targets, discriminator.
 */
@NullMarked
package io.github.tcd4j.training.distill;

import org.jspecify.annotations.NullMarked;
