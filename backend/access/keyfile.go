package access

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// keptKeys is the content of the file.
type keptKeys struct {
	Keys []keptKey `json:"keys"`
}

type keptKey struct {
	Name     string    `json:"name"`
	Scopes   string    `json:"scopes"` // "view publish"
	Created  time.Time `json:"created"`
	Used     time.Time `json:"used,omitzero"`
	Messages uint64    `json:"messages,omitempty"`
	Link     bool      `json:"link,omitempty"`
	Hashes   []string  `json:"hashes"` // see key; in hex
}

// keep writes all to the file, and only then takes them for the keys. The caller
// holds mu.
func (k *Keys) keep(all []*key) error {
	kept := keptKeys{Keys: make([]keptKey, len(all))}
	for i, one := range all {
		told := one.told()
		kept.Keys[i] = keptKey{
			Name: told.Name, Scopes: told.Scopes.String(), Created: told.Created, Used: told.LastUsed, Messages: told.Messages, Link: told.Link,
		}
		for _, hash := range one.hashes {
			kept.Keys[i].Hashes = append(kept.Keys[i].Hashes, hex.EncodeToString(hash[:]))
		}
	}
	text, err := json.MarshalIndent(kept, "", "\t")
	if err != nil {
		return fmt.Errorf("encode keys: %w", err)
	}
	if err := k.write(k.path, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("keep keys: %w", err)
	}
	k.all = all
	return nil
}

func decodeKeys(text []byte) ([]*key, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var kept keptKeys
	if err := d.Decode(&kept); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("there is more text after the keys")
	}
	if len(kept.Keys) > maxKeys {
		return nil, fmt.Errorf("there are %d keys; at most %d are allowed", len(kept.Keys), maxKeys)
	}
	seen := make(map[string]bool)
	var all []*key
	for i, stored := range kept.Keys {
		one, err := stored.key()
		if err == nil && seen[one.name] {
			err = errors.New("its name is there twice")
		}
		if err != nil {
			return nil, fmt.Errorf("key %d (%q): %w", i+1, fault.Clip(stored.Name), err)
		}
		seen[one.name] = true
		all = append(all, one)
	}
	return all, nil
}

func (stored keptKey) key() (*key, error) {
	one := &key{name: stored.Name, created: stored.Created, link: stored.Link}
	if !stored.Used.IsZero() {
		one.used.Store(stored.Used.UnixNano())
	}
	one.messages.Store(stored.Messages)
	var err error
	if one.scopes, err = msg.ParseScopes(stored.Scopes); err != nil {
		return nil, err
	}
	if err := checkKey(one.name, one.scopes); err != nil {
		return nil, err
	}
	if len(stored.Hashes) == 0 || len(stored.Hashes) > 1 && !one.link {
		return nil, fmt.Errorf("it has %d hashes, not one", len(stored.Hashes))
	}
	if one.link != (one.name == LinkName) || one.link && one.scopes != msg.MayView {
		return nil, fmt.Errorf("the key of the view link is named %q and may only view", LinkName)
	}
	if len(stored.Hashes) > maxLinks {
		return nil, fmt.Errorf("it has %d hashes; at most %d are kept", len(stored.Hashes), maxLinks)
	}
	for _, text := range stored.Hashes {
		hash, err := hex.DecodeString(text)
		if err != nil {
			return nil, err
		}
		if len(hash) != sha256.Size {
			return nil, fmt.Errorf("its hash has %d bytes, not %d", len(hash), sha256.Size)
		}
		one.hashes = append(one.hashes, [sha256.Size]byte(hash))
	}
	return one, nil
}
