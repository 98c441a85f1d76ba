package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// properties are the fields of an object in the order of the Go struct, which
// is made for reading; a map's would be that of the alphabet.
type properties struct {
	names  []string
	byName map[string]*schema
}

func (p *properties) set(name string, s *schema) {
	if p.byName == nil {
		p.byName = map[string]*schema{}
	}
	p.names = append(p.names, name)
	p.byName[name] = s
}

// MarshalJSON writes the fields in their order.
func (p *properties) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, name := range p.names {
		if i > 0 {
			out.WriteByte(',')
		}
		text, err := json.Marshal(p.byName[name])
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&out, "%q:%s", name, text)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}
