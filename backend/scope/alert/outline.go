package alert

import (
	"math/bits"
	"strings"

	"emitscope/backend/jsontext"
	"emitscope/backend/msg"
)

// Bounds of an outline: it takes at most a few dozen KiB, whatever comes.
const (
	maxFields   = 512 // of one outline
	maxChildren = 64  // of one object; one with more is a dictionary, whose keys are data
	maxLevels   = 16
	maxKey      = 128 // bytes, of a key that is looked at
	maxElements = 16  // of one array that are looked at
	maxChanges  = 8   // told of one message
	// An object with so many fields, none of which is always there, is a dictionary too.
	minDictionary = 8
)

// kinds is a set of types of JSON. Null is none: it is the same as not being there.
type kinds uint8

const (
	text kinds = 1 << iota
	number
	boolean
	object
	array
)

func kindOf(value []byte) kinds {
	switch value[0] {
	case '"':
		return text
	case '{':
		return object
	case '[':
		return array
	case 't', 'f':
		return boolean
	case 'n':
		return 0
	}
	return number
}

// String writes them as "number or text".
func (k kinds) String() string {
	names := [...]string{"text", "number", "boolean", "object", "array"}
	var all []string
	for i, name := range names {
		if k&(1<<i) != 0 {
			all = append(all, name)
		}
	}
	return strings.Join(all, " or ")
}

// field is what is known of the values at one place of a stream's payloads.
type field struct {
	key      string // decoded
	kinds    kinds
	times    int // with a value other than null
	objects  int // of these, how often an object
	seen     int // the object in which it was last: one of the parent's objects, or a mark
	children []*field
	elements *field // of an array, all as one
}

// outline is the shape of a stream's payloads as learned so far.
type outline struct {
	root    field
	fields  int
	learned int // messages
	marks   int // how many objects were compared, below 0: each has a mark of its own
}

// learn takes one more payload into the outline. It must come from Compact.
func (o *outline) learn(payload []byte) {
	o.add(&o.root, payload, 0)
	o.learned++
}

func (o *outline) add(f *field, value []byte, level int) {
	kind := kindOf(value)
	if kind == 0 {
		return
	}
	f.kinds |= kind
	f.times++
	if level == maxLevels {
		return
	}
	switch kind {
	case object:
		f.objects++
		for key, v := range jsontext.Members(value) {
			child := f.child(key)
			if child == nil {
				if child = o.grow(f, key); child == nil {
					continue
				}
			}
			before := child.times
			o.add(child, v, level+1)
			if child.seen == f.objects { // it is there twice
				child.times = before
			} else if kindOf(v) != 0 {
				child.seen = f.objects
			}
		}
	case array:
		left := maxElements
		for v := range jsontext.Elements(value) {
			if left == 0 {
				break
			}
			left--
			if f.elements == nil {
				if o.fields == maxFields {
					break
				}
				o.fields++
				f.elements = &field{}
			}
			o.add(f.elements, v, level+1)
		}
	}
}

// grow adds a field; nil where there is no room, or its key is too long.
func (o *outline) grow(f *field, key []byte) *field {
	if o.fields == maxFields || len(f.children) > maxChildren || len(key) > maxKey {
		return nil
	}
	o.fields++
	child := &field{key: string(jsontext.Text(key))}
	f.children = append(f.children, child)
	return child
}

// child returns the field of a key as it is written; nil: there is none.
func (f *field) child(key []byte) *field {
	for _, c := range f.children {
		if means(key, c.key) {
			return c
		}
	}
	return nil
}

// always reports whether every object that f was, had c.
func (f *field) always(c *field) bool { return c.times == f.objects }

// isDictionary reports whether f's keys are data, so that none can be new or missing.
func (f *field) isDictionary() bool {
	if len(f.children) > maxChildren {
		return true
	}
	if len(f.children) < minDictionary {
		return false
	}
	for _, c := range f.children {
		if f.always(c) {
			return false
		}
	}
	return true
}

// compare returns in what a payload is not like those the outline was learned from:
// fields that were never there, that always were, or that have another type. What
// was only ever null, or an empty array, may become anything, and stays that.
func (o *outline) compare(payload []byte) []msg.ShapeChange {
	c := comparison{outline: o}
	c.value(&o.root, payload, "", 0)
	return c.changes
}

type comparison struct {
	*outline
	changes []msg.ShapeChange
}

func (c *comparison) note(change msg.ShapeChange) {
	if len(c.changes) < maxChanges {
		c.changes = append(c.changes, change)
	}
}

func (c *comparison) value(f *field, value []byte, path string, level int) {
	kind := kindOf(value)
	switch {
	case kind == 0:
		return // its parent says when it is missed
	case f.kinds == 0: // it was only ever null
		c.add(f, value, level)
		f.times = 0 // and may be null again
		return
	case f.kinds&kind == 0:
		c.note(msg.ShapeChange{Path: path, Kind: msg.FieldType, Was: f.kinds.String(), Is: kind.String()})
		return
	case level == maxLevels:
		return
	case kind == object:
		c.members(f, value, path, level)
	case kind == array:
		c.items(f, value, path, level)
	}
}

func (c *comparison) members(f *field, value []byte, path string, level int) {
	c.marks--
	mark := c.marks
	isDictionary := f.isDictionary()
	for key, v := range jsontext.Members(value) {
		if len(key) > maxKey {
			continue
		}
		child := f.child(key)
		if child == nil {
			if kind := kindOf(v); kind != 0 && !isDictionary && c.fields < maxFields {
				c.note(msg.ShapeChange{Path: path + "/" + jsontext.Token(string(jsontext.Text(key))), Kind: msg.FieldNew, Is: kind.String()})
			}
			continue
		}
		if kindOf(v) != 0 {
			child.seen = mark
		}
		c.value(child, v, path+"/"+jsontext.Token(child.key), level+1)
	}
	if isDictionary {
		return
	}
	for _, child := range f.children {
		if child.seen != mark && child.times > 0 && f.always(child) {
			c.note(msg.ShapeChange{Path: path + "/" + jsontext.Token(child.key), Kind: msg.FieldMissing, Was: child.kinds.String()})
		}
	}
}

func (c *comparison) items(f *field, value []byte, path string, level int) {
	if f.elements == nil { // every array was empty until now
		c.add(f, value, level)
		return
	}
	left := maxElements
	for v := range jsontext.Elements(value) {
		if left == 0 {
			return
		}
		left--
		c.value(f.elements, v, path+"/*", level+1)
	}
}

// means reports whether the text between a key's quotes means name.
func means(key []byte, name string) bool {
	for len(key) > 0 {
		if key[0] != '\\' { // most have no escapes
			if name == "" || key[0] != name[0] {
				return false
			}
			key, name = key[1:], name[1:]
			continue
		}
		r, n := jsontext.Rune(key)
		s := string(r)
		if !strings.HasPrefix(name, s) {
			return false
		}
		key, name = key[n:], name[len(s):]
	}
	return name == ""
}

// lookback remembers which of the last messages differed, the newest in the lowest
// bit.
type lookback uint32

func (l *lookback) note(differs bool) {
	*l = *l << 1 & (1<<msg.LookedBack - 1)
	if differs {
		*l |= 1
	}
}

func (l lookback) count() int { return bits.OnesCount32(uint32(l)) }
