package config

import (
	"encoding"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/viper"

	"ssprd/internal/want"
)

// prefix begins the names of the environment variables that override settings: SSPRD_SERVER_LISTEN is server.listen.
const prefix = "SSPRD_"

// delimiter stands between the keys of a path within viper. With its usual dot, `server.listen: x` would be a second
// way to write a nested key.
const delimiter = "\x00"

// variable is the name of the environment variable that overrides the setting at path.
func variable(path string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

// layers lays the file over the defaults and the environment over both. An empty variable counts as none. Each variable
// is bound by name, for viper's AutomaticEnv knows only keys that have a default, and would take SSPRD_POPULATIONS too.
func layers(file map[string]any, defaults Config) (map[string]any, error) {
	v := viper.NewWithOptions(viper.KeyDelimiter(delimiter))
	leaves(reflect.ValueOf(defaults), "", func(path string, value reflect.Value) {
		key := strings.ReplaceAll(path, ".", delimiter)
		v.SetDefault(key, value.Interface())
		_ = v.BindEnv(key, variable(path)) // it fails without a key only
	})
	if err := v.MergeConfigMap(file); err != nil {
		return nil, err
	}
	settings := v.AllSettings()
	restore(settings, file)
	return settings, nil
}

// restore puts back the keys of the file that have no value or are empty sections. Viper drops them, and an unknown one
// would go unnoticed.
func restore(settings, file map[string]any) {
	for key, value := range file {
		key = strings.ToLower(key)
		there, ok := settings[key]
		if !ok {
			settings[key] = value
		}
		section, isSection := there.(map[string]any)
		if below, ok := value.(map[string]any); ok && isSection {
			restore(section, below)
		}
	}
}

// overridden gives the variables that are set, by the path of the setting they override.
func overridden() map[string]string {
	set := map[string]string{}
	leaves(reflect.ValueOf(Defaults()), "", func(path string, _ reflect.Value) {
		if os.Getenv(variable(path)) != "" {
			set[path] = variable(path)
		}
	})
	return set
}

// strangers gives the variables that look as if they were meant for us but override nothing, each with what was wanted.
func strangers() map[string]string {
	known := map[string]bool{}
	leaves(reflect.ValueOf(Defaults()), "", func(path string, _ reflect.Value) { known[variable(path)] = true })
	strange := map[string]string{}
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, prefix) && !known[name] && !kubernetes(name) {
			strange[name] = "no setting has this variable" + want.Meant(name, slices.Sorted(maps.Keys(known)))
		}
	}
	return strange
}

// kubernetes tells whether name is one of the variables that Kubernetes sets in every container for a Service that is
// called ssprd; they are not about us.
func kubernetes(name string) bool {
	name = strings.TrimPrefix(name, prefix)
	return name == "PORT" || strings.HasPrefix(name, "PORT_") || strings.HasPrefix(name, "SERVICE_")
}

// leaves visits every setting that a variable can override: those outside of lists that are one value or a list of
// words.
func leaves(v reflect.Value, path string, visit func(path string, v reflect.Value)) {
	switch {
	case isText(v.Type()), v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.String:
		visit(path, v)
	case v.Kind() == reflect.Struct:
		for _, f := range fields(v.Type()) {
			leaves(v.FieldByIndex(f.index), join(path, f.key), visit)
		}
	case v.Kind() != reflect.Slice:
		visit(path, v)
	}
}

// isText tells whether a value of type t is written as one word that the type itself understands, as limit.Rate is.
func isText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}
