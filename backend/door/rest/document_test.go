package rest_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// node is any part of the document.
type node = map[string]any

// whole is openapi.json as it is.
func whole(t *testing.T) node {
	t.Helper()
	var doc node
	if err := json.Unmarshal([]byte(startHub(t).get("/api/v1/openapi.json").body), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// at follows names into n; what is not there is empty.
func at(n node, names ...string) node {
	for _, name := range names {
		n, _ = n[name].(node)
	}
	return n
}

// operations calls look for each operation of the document.
func operations(doc node, look func(name string, op node)) {
	for path, methods := range at(doc, "paths") {
		for method, op := range methods.(node) {
			look(strings.ToUpper(method)+" "+path, op.(node))
		}
	}
}

func TestEveryOperationSaysWhatItIsFor(t *testing.T) {
	doc := whole(t)
	var tags []any
	for _, tag := range doc["tags"].([]any) {
		tags = append(tags, tag.(node)["name"])
	}
	inPath := regexp.MustCompile(`{(\w+)}`)
	operations(doc, func(name string, op node) {
		if op["summary"] == "" {
			t.Errorf("%s has no summary", name)
		}
		if own, _ := op["tags"].([]any); len(own) != 1 || !slices.Contains(tags, own[0]) {
			t.Errorf("%s: got tags %v, want one of %v", name, own, tags)
		}
		var want, got []string
		for _, found := range inPath.FindAllStringSubmatch(name, -1) {
			want = append(want, found[1])
		}
		params, _ := op["parameters"].([]any)
		for _, p := range params {
			p := p.(node)
			if p["description"] == "" || p["schema"] == nil {
				t.Errorf("%s: parameter %v is not described", name, p["name"])
			}
			if p["in"] == "path" {
				got = append(got, p["name"].(string))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got path parameters %v, want %v", name, got, want)
		}
	})
}

func TestEveryJSONBodyHasExamplesThatFitItsSchema(t *testing.T) {
	doc := whole(t)
	check := func(where string, content node) {
		body := at(content, "application/json")
		if body == nil {
			return
		}
		if len(at(body, "examples")) == 0 {
			t.Errorf("%s has no example", where)
		}
		for name, example := range at(body, "examples") {
			for _, problem := range misfits(doc, at(body, "schema"), example.(node)["value"]) {
				t.Errorf("%s, example %s: %s", where, name, problem)
			}
		}
	}
	operations(doc, func(name string, op node) {
		check(name, at(op, "requestBody", "content"))
		for status, response := range at(op, "responses") {
			check(name+" "+status, at(response.(node), "content"))
		}
	})
}

func TestEveryFieldOnTheWireIsDescribed(t *testing.T) {
	for name, schema := range at(whole(t), "components", "schemas") {
		for field, s := range at(schema.(node), "properties") {
			if text, _ := s.(node)["description"].(string); text == "" {
				t.Errorf("%s.%s has no description: give the field a doc tag", name, field)
			}
		}
	}
}

func TestEveryFrameOfTheSocketsHasAnExampleThatFits(t *testing.T) {
	doc := whole(t)
	protocols := doc["x-sockets"].([]any)
	if len(protocols) != 2 {
		t.Fatalf("got %d protocols, want 2", len(protocols))
	}
	for _, p := range protocols {
		p := p.(node)
		for _, f := range append(p["in"].([]any), p["out"].([]any)...) {
			f := f.(node)
			if f["description"] == "" {
				t.Errorf("%v: %v is not described", p["id"], f["name"])
			}
			if f["schema"] == nil {
				continue
			}
			for _, problem := range misfits(doc, at(f, "schema"), f["example"]) {
				t.Errorf("%v, %v: %s", p["id"], f["name"], problem)
			}
		}
	}
}

// misfits says where value is not what schema, as far as our documents use JSON
// Schema, allows.
func misfits(doc, schema node, value any) []string {
	if ref, ok := schema["$ref"].(string); ok {
		return misfits(doc, at(doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...), value)
	}
	if choice, ok := schema["anyOf"].([]any); ok {
		for _, one := range choice {
			if len(misfits(doc, one.(node), value)) == 0 {
				return nil
			}
		}
		return []string{show(value) + " fits none of the shapes"}
	}
	var problems []string
	if kind, ok := schema["type"].(string); ok && !isA(kind, value) {
		return []string{show(value) + " is not of type " + kind}
	}
	if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, value) {
		problems = append(problems, show(value)+" is none of "+show(enum))
	}
	if list, ok := value.([]any); ok {
		for _, item := range list {
			problems = append(problems, misfits(doc, at(schema, "items"), item)...)
		}
	}
	fields, ok := value.(node)
	if !ok || schema["properties"] == nil {
		return problems
	}
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if _, ok := fields[name.(string)]; !ok {
			problems = append(problems, name.(string)+" is missing in "+show(value))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		property := at(schema, "properties", name)
		if property == nil {
			problems = append(problems, name+" is unknown")
			continue
		}
		problems = append(problems, misfits(doc, property, fields[name])...)
	}
	return problems
}

func isA(kind string, value any) bool {
	switch v := value.(type) {
	case string:
		return kind == "string"
	case bool:
		return kind == "boolean"
	case float64:
		return kind == "number" || kind == "integer" && v == float64(int64(v))
	case []any:
		return kind == "array"
	case node:
		return kind == "object"
	}
	return false
}

func show(value any) string {
	var text bytes.Buffer
	_ = json.NewEncoder(&text).Encode(value) // it was JSON before
	return strings.TrimSpace(text.String())
}
