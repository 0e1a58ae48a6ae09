package io.github.tcd4j.models.clip;

/**
 * What a tokenizer made of one text.
 *
 * @param ids begin, the text's tokens, end, then padding up to the tokenizer's length
 * @param used how many of them are not padding, from 2
 * @param cut how many tokens of the text did not fit
 * @param cutText those tokens as text, empty where all fitted
 */
public record TokenSequence(long[] ids, int used, int cut, String cutText) {}
