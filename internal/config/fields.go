package config

import "reflect"

// field is one key of a section, and the field of the struct that takes its value.
type field struct {
	key   string
	index []int
}

// squash marks an embedded struct whose keys stand among those around it.
const squash = ",squash"

// fields lists the keys of a section's struct, those of squashed structs too, in the order of the struct.
func fields(t reflect.Type) []field {
	var list []field
	for i := range t.NumField() {
		f := t.Field(i)
		switch tag := f.Tag.Get("mapstructure"); tag {
		case "":
		case squash:
			for _, inner := range fields(f.Type) {
				list = append(list, field{inner.key, append([]int{i}, inner.index...)})
			}
		default:
			list = append(list, field{tag, []int{i}})
		}
	}
	return list
}

func keys(list []field) []string {
	names := make([]string, len(list))
	for i, f := range list {
		names[i] = f.key
	}
	return names
}
