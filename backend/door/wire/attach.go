package wire

import (
	"encoding/json"

	"emitscope/backend/fault"
)

// PlaceholdersFit reports whether each placeholder in a payload stands for one of
// so many attachments. Passed on, one that does not would make the JavaScript
// clients that get it close their connections. A payload that is not JSON has none.
func PlaceholdersFit(payload []byte, attachments int) bool {
	_, fit := placeholders(payload, attachments)
	return fit
}

// checkAttachments says what is wrong between a payload and what was attached to
// it. An attachment that nothing stands for would get lost on its way.
func checkAttachments(payload []byte, attachments int) error {
	if attachments == 0 {
		return nil // what looks like a placeholder is data
	}
	named, fit := placeholders(payload, attachments)
	const hint = `data has {"_placeholder":true,"num":0} where the first attachment belongs, and so on`
	if !fit {
		return fault.Newf(fault.Invalid, "a placeholder in data stands for none of the %d attachments", attachments).
			WithCode("invalid_attachment").WithHint(hint)
	}
	for num := range attachments {
		if !named[num] {
			return fault.Newf(fault.Invalid, "nothing in data stands for attachment %d, counted from 0", num).
				WithCode("invalid_attachment").WithHint(hint)
		}
	}
	return nil
}

// placeholders returns which attachments a payload names, and whether it names no
// others.
func placeholders(payload []byte, attachments int) (named map[int]bool, fit bool) {
	var tree any
	if json.Unmarshal(payload, &tree) != nil {
		return nil, true
	}
	named = make(map[int]bool)
	return named, gather(tree, attachments, named)
}

func gather(tree any, attachments int, named map[int]bool) bool {
	switch tree := tree.(type) {
	case []any:
		for _, v := range tree {
			if !gather(v, attachments, named) {
				return false
			}
		}
	case map[string]any:
		if tree["_placeholder"] == true {
			num, ok := tree["num"].(float64)
			if !ok || num < 0 || num >= float64(attachments) || num != float64(int(num)) {
				return false
			}
			named[int(num)] = true
			return true
		}
		for _, v := range tree {
			if !gather(v, attachments, named) {
				return false
			}
		}
	}
	return true
}
