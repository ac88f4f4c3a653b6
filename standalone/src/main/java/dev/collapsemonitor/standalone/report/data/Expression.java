package dev.collapsemonitor.standalone.report.data;

import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/** A quantity made of measured ones: numbers and names with + − * / and parentheses. */
public sealed interface Expression {
    /** A constant. */
    record Constant(double value) implements Expression {
        @Override
        public double at(ToDoubleFunction<String> names) {
            return value;
        }

        @Override
        public void collect(Set<String> names) {}
    }

    /** A measured quantity. */
    record Name(String name) implements Expression {
        @Override
        public double at(ToDoubleFunction<String> names) {
            return names.applyAsDouble(name);
        }

        @Override
        public void collect(Set<String> names) {
            names.add(name);
        }
    }

    /** Two expressions with one of {@code + - * /} between them. */
    record Operation(char operator, Expression left, Expression right) implements Expression {
        @Override
        public double at(ToDoubleFunction<String> names) {
            double a = left.at(names);
            double b = right.at(names);
            double value = switch (operator) {
                case '+' -> a + b;
                case '-' -> a - b;
                case '*' -> a * b;
                default -> a / b;
            };
            // Nothing over nothing has no value, and neither has something over nothing.
            return operator == '/' && b == 0 ? Double.NaN : value;
        }

        @Override
        public void collect(Set<String> names) {
            left.collect(names);
            right.collect(names);
        }
    }

    /** Its value; NaN where one of the names has none. */
    double at(ToDoubleFunction<String> names);

    /** Adds the names in it. */
    void collect(Set<String> names);

    /** The names in it. */
    default Set<String> names() {
        Set<String> names = new TreeSet<>();
        collect(names);
        return names;
    }
}
