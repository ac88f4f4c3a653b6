package dev.collapsemonitor.standalone.report.data;

import dev.collapsemonitor.protocol.UserException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads an {@link Expression}: {@code sum := product ((+|-) product)*; product := factor ((*|/) factor)*}. */
final class ExpressionParser {
    private static final Pattern NUMBER = Pattern.compile("(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    private final String text;
    private int position;

    private ExpressionParser(String text) {
        this.text = text;
    }

    /** @throws UserException naming text and place where it cannot be read */
    static Expression parse(String text) {
        ExpressionParser parser = new ExpressionParser(text);
        Expression expression = parser.sum();
        if (parser.next() != 0) {
            throw parser.wrong();
        }
        return expression;
    }

    private Expression sum() {
        Expression left = product();
        for (char operator = next(); operator == '+' || operator == '-'; operator = next()) {
            position++;
            left = new Expression.Operation(operator, left, product());
        }
        return left;
    }

    private Expression product() {
        Expression left = factor();
        for (char operator = next(); operator == '*' || operator == '/'; operator = next()) {
            position++;
            left = new Expression.Operation(operator, left, factor());
        }
        return left;
    }

    private Expression factor() {
        char first = next();
        if (first == '(') {
            position++;
            Expression inner = sum();
            if (next() != ')') {
                throw wrong();
            }
            position++;
            return inner;
        }
        if (first == '-') {
            position++;
            return new Expression.Operation('-', new Expression.Constant(0), factor());
        }
        Matcher token = NUMBER.matcher(text).region(position, text.length());
        if (token.lookingAt()) {
            position = token.end();
            return new Expression.Constant(Double.parseDouble(token.group()));
        }
        token.usePattern(NAME);
        if (token.lookingAt()) {
            position = token.end();
            return new Expression.Name(token.group());
        }
        throw wrong();
    }

    /** The next character that is no blank, or 0 at the end. */
    private char next() {
        while (position < text.length() && Character.isWhitespace(text.charAt(position))) {
            position++;
        }
        return position < text.length() ? text.charAt(position) : 0;
    }

    private UserException wrong() {
        return new UserException("\"" + text + "\" cannot be read from character " + (position + 1)
                + " on; write names of metrics, numbers, + - * / and parentheses");
    }
}
