/**
 * IC9600: how complex a picture is to people (Feng et al. 2023, doi 10.1109/TPAMI.2022.3232328).
 */
@NullMarked
package io.github.tcd4j.models.icnet;

import org.jspecify.annotations.NullMarked;
