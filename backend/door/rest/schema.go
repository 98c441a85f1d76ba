package rest

import (
	"encoding/json"
	"reflect"
	"strings"
)

// schema is the part of JSON Schema that package wire's types need.
type schema struct {
	Ref             string      `json:"$ref,omitempty"`
	Type            string      `json:"type,omitempty"`
	AnyOf           []*schema   `json:"anyOf,omitempty"`
	Description     string      `json:"description,omitempty"`
	Format          string      `json:"format,omitempty"`
	Enum            []string    `json:"enum,omitempty"`
	Default         any         `json:"default,omitempty"`
	Minimum         *int        `json:"minimum,omitempty"`
	Maximum         *int        `json:"maximum,omitempty"`
	MaxLength       int         `json:"maxLength,omitempty"`
	ContentEncoding string      `json:"contentEncoding,omitempty"`
	Items           *schema     `json:"items,omitempty"`
	Required        []string    `json:"required,omitempty"`
	Properties      *properties `json:"properties,omitempty"`
	// Additional is the schema of a map's values, or false where unknown fields
	// are refused.
	Additional any `json:"additionalProperties,omitempty"`
}

// ref names T's schema among the document's components.
func ref[T any]() *schema { return refTo(reflect.TypeFor[T]()) }

func refTo(t reflect.Type) *schema { return &schema{Ref: "#/components/schemas/" + t.Name()} }

func number(n int) *int { return &n }

// schemas are the components, by name.
type schemas map[string]*schema

// add describes T and every struct it holds. closed says that a field T does
// not have is refused.
func add[T any](s schemas, closed bool) {
	t := reflect.TypeFor[T]()
	s.object(t)
	if closed {
		s[t.Name()].Additional = false
	}
}

func (s schemas) object(t reflect.Type) *schema {
	if s[t.Name()] == nil {
		o := &schema{Type: "object", Properties: &properties{}}
		s[t.Name()] = o // before its fields, which may hold the same type
		s.fields(o, t)
	}
	return refTo(t)
}

func (s schemas) fields(o *schema, t reflect.Type) {
	for f := range t.Fields() {
		if f.Anonymous {
			s.fields(o, f.Type)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		p := s.of(f.Type)
		if f.Tag.Get("tstype") == "string | number" {
			p.AnyOf = []*schema{{Type: "string"}, {Type: "integer"}}
		}
		p.Description = f.Tag.Get("doc")
		if enum := f.Tag.Get("enum"); enum != "" {
			p.Enum = strings.Split(enum, ",")
		}
		if !strings.Contains(options, "omitempty") && f.Tag.Get("optional") == "" {
			o.Required = append(o.Required, name)
		}
		o.Properties.set(name, p)
	}
}

// of describes the JSON of a t. It knows the kinds of types package wire has.
func (s schemas) of(t reflect.Type) *schema {
	if t == reflect.TypeFor[json.RawMessage]() {
		return &schema{} // any JSON
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.Struct:
		return s.object(t)
	case reflect.Map:
		return &schema{Type: "object", Additional: s.of(t.Elem())}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return &schema{Type: "string", ContentEncoding: "base64"}
		}
		return &schema{Type: "array", Items: s.of(t.Elem())}
	case reflect.String:
		return &schema{Type: "string"}
	case reflect.Bool:
		return &schema{Type: "boolean"}
	case reflect.Float32, reflect.Float64:
		return &schema{Type: "number"}
	case reflect.Uint32, reflect.Uint64:
		return &schema{Type: "integer", Minimum: number(0)}
	case reflect.Int, reflect.Int64:
		return &schema{Type: "integer"}
	default:
		panic("no schema for " + t.String())
	}
}
