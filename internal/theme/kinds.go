package theme

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// lengths are the variables that are no colours.
var lengths = []string{"--radius", "--wide"}

var (
	hex     = regexp.MustCompile(`^#([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$`)
	length  = regexp.MustCompile(`^([+-]?0|[+-]?([0-9]+|[0-9]*\.[0-9]+)(%|[a-zA-Z]+))$`)
	numeric = regexp.MustCompile(`^[+-]?[0-9.]`)
)

// unfit says what was wanted of a variable whose value is certainly none, else "". A colour by its name, and what a
// function makes, are let through; of variables that are not built in it is not known what they are for.
func unfit(variable, value string, builtIn []string) (wanted string) {
	known := slices.Contains(builtIn, variable)
	switch {
	case slices.Contains(lengths, variable):
		if !isLengths(value) {
			return "length: wanted one such as 6px"
		}
	case strings.HasPrefix(value, "#") && !hex.MatchString(value), known && (value == "" || numeric.MatchString(value)):
		return "colour: wanted #RGB or #RRGGBB"
	case known && outOfRange(value):
		return "colour: wanted numbers from 0 to 255"
	}
	return ""
}

// isLengths tells whether a value may be one or several lengths.
func isLengths(value string) bool {
	wrong := func(part string) bool { return !length.MatchString(part) }
	return value != "" && (strings.Contains(value, "(") || !slices.ContainsFunc(strings.Fields(value), wrong))
}

// outOfRange tells whether one of the first three numbers of rgb(…) is none of a colour: browsers cut it off, and show
// another one.
func outOfRange(value string) bool {
	for _, arguments := range slices.Concat(functions(value, "rgb"), functions(value, "rgba")) {
		parts := strings.FieldsFunc(arguments, func(r rune) bool { return strings.ContainsRune(" ,/\t\n", r) })
		for _, part := range parts[:min(3, len(parts))] {
			if n, err := strconv.ParseFloat(part, 64); err == nil && (n < 0 || n > 255) {
				return true
			}
		}
	}
	return false
}
