package config

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"ssprd/internal/want"
	"ssprd/internal/web"
)

// decoder fills a Config from settings and reports whatever does not fit, by its path in the file. It is a small walk of
// our own because mapstructure stops short of that: it names a value by Go fields and guesses at types.
type decoder struct {
	report func(path, want string)
	env    map[string]string // variables by the path they override
}

// value decodes in into out. Where it does not fit, out keeps its default. A key without a value (nil) is no key.
func (d decoder) value(path string, in any, out reflect.Value) {
	text, isString := in.(string)
	switch {
	case in == nil:
	case reflect.TypeOf(in) == out.Type() && out.Kind() != reflect.Map:
		out.Set(reflect.ValueOf(in)) // a text, or a default
	case isText(out.Type()):
		if !isString || out.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)) != nil {
			d.mismatch(path, in, "COUNT/DURATION, such as 5/1h")
		}
	case out.Type() == reflect.TypeFor[time.Duration]():
		d.duration(path, in, out)
	case out.Type() == reflect.TypeFor[web.Day]():
		d.day(path, in, out)
	default:
		d.kind(path, in, out)
	}
}

func (d decoder) kind(path string, in any, out reflect.Value) {
	switch out.Kind() {
	case reflect.Struct:
		d.section(path, in, out)
	case reflect.Pointer:
		out.Set(fresh(out.Type().Elem()).Addr()) // there, though it may be wrong: it is not missing
		d.value(path, in, out.Elem())
	case reflect.Slice:
		d.list(path, in, out)
	case reflect.Map:
		d.texts(path, in, out)
	case reflect.Int:
		d.number(path, in, out)
	case reflect.Float64:
		d.decimal(path, in, out)
	case reflect.Bool:
		b, err := strconv.ParseBool(fmt.Sprint(in)) // from a variable it is a text
		if _, isString := in.(string); err != nil || !isString {
			d.mismatch(path, in, "true or false")
			return
		}
		out.SetBool(b)
	default:
		out.SetString(fmt.Sprint(in)) // it is not missing, only something else
		d.mismatch(path, in, "a text; in quotes if it looks like something else")
	}
}

func (d decoder) section(path string, in any, out reflect.Value) {
	settings, ok := in.(map[string]any)
	if !ok {
		d.mismatch(path, in, "a section with keys of its own")
		return
	}
	known := fields(out.Type())
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		i := slices.IndexFunc(known, func(f field) bool { return f.key == key })
		if i < 0 {
			d.report(join(path, key), "unknown key"+want.Meant(key, keys(known)))
			continue
		}
		d.value(join(path, key), settings[key], out.FieldByIndex(known[i].index))
	}
}

func (d decoder) list(path string, in any, out reflect.Value) {
	items, ok := in.([]any)
	if text, isString := in.(string); isString && d.env[path] != "" {
		for item := range strings.SplitSeq(text, ",") {
			items = append(items, strings.TrimSpace(item))
		}
		ok = true
	}
	if !ok {
		d.mismatch(path, in, "a list")
		return
	}
	list := reflect.MakeSlice(out.Type(), 0, len(items))
	for i, item := range items {
		element := fresh(out.Type().Elem())
		d.value(fmt.Sprintf("%s[%d]", path, i), item, element)
		list = reflect.Append(list, element)
	}
	out.Set(list)
}

// texts decodes a web.Text: one string for every language, or a map by language.
func (d decoder) texts(path string, in any, out reflect.Value) {
	out.Set(reflect.MakeMap(out.Type()))
	byLanguage, isMap := in.(map[string]any)
	if text, ok := in.(string); ok {
		byLanguage, isMap = map[string]any{"": text}, true
	}
	if !isMap {
		d.mismatch(path, in, "a text, or a map of texts by language")
		return
	}
	for language, text := range byLanguage {
		s := reflect.New(out.Type().Elem()).Elem()
		d.value(join(path, language), text, s)
		out.SetMapIndex(reflect.ValueOf(language), s)
	}
}

func (d decoder) duration(path string, in any, out reflect.Value) {
	text, _ := in.(string)
	v, err := time.ParseDuration(text)
	if err != nil {
		d.mismatch(path, in, "a duration with its unit, such as 90s or 10m")
		return
	}
	out.SetInt(int64(v))
}

func (d decoder) number(path string, in any, out reflect.Value) {
	text, _ := in.(string) // from a variable
	n, err := strconv.Atoi(text)
	if err != nil {
		d.mismatch(path, in, "a whole number")
		return
	}
	out.SetInt(int64(n))
}

func (d decoder) decimal(path string, in any, out reflect.Value) {
	f, err := strconv.ParseFloat(fmt.Sprint(in), 64) // a whole number, or from a variable
	if _, isBool := in.(bool); err != nil || isBool {
		d.mismatch(path, in, "a number")
		return
	}
	out.SetFloat(f)
}

// day takes a day in quotes, or the moment that YAML makes of one without.
func (d decoder) day(path string, in any, out reflect.Value) {
	switch v := in.(type) {
	case time.Time:
		out.SetString(v.Format(time.DateOnly))
	case string:
		out.SetString(v)
	default:
		d.mismatch(path, in, "a day, such as 2026-09-30")
	}
}

// mismatch reports a value of another type. Sections and lists are not repeated.
func (d decoder) mismatch(path string, in any, wanted string) {
	switch in.(type) {
	case map[string]any, map[any]any:
		d.report(path, "a section: wanted "+wanted)
	case []any:
		d.report(path, "a list: wanted "+wanted)
	default:
		d.report(path, want.Got(fmt.Sprint(in), wanted))
	}
}

// fresh is a new settable value of type t, with the defaults of such elements.
func fresh(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	if e, ok := elements[t]; ok {
		v.Set(reflect.ValueOf(e))
	}
	return v
}
