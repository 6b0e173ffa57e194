package weights

import (
	"fmt"
	"maps"
	"slices"
)

// Folder is a model on disk, checked but not loaded. It is made by Open and not changed
// afterwards; its methods may be called at once.
type Folder struct {
	Dir    string
	Config Config
	// HasPooler is false for a BERT without pooler.dense (of another encoder, what stands in its
	// place), which only AllowNoPooler admits.
	HasPooler bool
	// Ignored lists the tensors of the file that are of no use here, by their names there.
	Ignored []string

	tensors map[string]entry // the encoder, by canonical name
	masked  map[string]entry // the masked-language-model head; nil: none
	heads   []headEntry
	// classifier is what the file of the encoder holds of the target's head, beside heads.json; nil: there is no such file.
	classifier map[string]entry
	noHeads    string // why heads is empty
}

// Option changes what Open accepts.
type Option func(*openOptions)

type openOptions struct{ allowNoPooler bool }

// AllowNoPooler accepts a folder whose file has no pooler (a model pretrained on masked
// language alone); Folder.HasPooler then says so, and Load gives none.
func AllowNoPooler() Option { return func(o *openOptions) { o.allowNoPooler = true } }

// Open reads a folder's config.json and the names, shapes and places of its tensors, and checks
// them: an error of kind ErrNotFolder, ErrConfig, ErrUnsupported, ErrNoWeights, ErrCorrupt or
// ErrTensors; the last as *Problems with all that is missing or misshapen.
func Open(dir string, opts ...Option) (*Folder, error) {
	var options openOptions
	for _, option := range opts {
		option(&options)
	}
	config, err := readConfig(dir)
	if err != nil {
		return nil, err
	}
	found, err := readIndex(dir)
	if err != nil {
		return nil, err
	}
	if bert, ok := config.(BertConfig); ok {
		bert.architecture().joined.divide(found)
	}
	f := &Folder{Dir: dir, Config: config, tensors: map[string]entry{}}
	classifier, problems := f.sort(found)
	maskedProblems, err := f.takeMaskedHead(found)
	if err != nil {
		return nil, err
	}
	problems = append(problems, maskedProblems...)
	problems = append(problems, f.check(options)...)
	headProblems, err := f.findHeads(classifier)
	if err != nil {
		return nil, err
	}
	if problems = append(problems, headProblems...); len(problems) > 0 {
		return nil, &Problems{Dir: dir, Kind: ErrTensors, Lines: problems}
	}
	return f, nil
}

// sort divides the file's tensors into the encoder's, the classifier's, and ignored ones.
func (f *Folder) sort(found map[string]entry) (classifier map[string]entry, problems []string) {
	classifier = map[string]entry{}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		known, ok := f.Config.canonical(name)
		switch {
		case !ok:
			f.Ignored = append(f.Ignored, name)
		case known == classifierWeight || known == classifierBias:
			classifier[known] = found[name]
		default:
			if _, twice := f.tensors[known]; twice {
				problems = append(problems, fmt.Sprintf("tensor %s appears twice, under an old and a new name", f.Config.shown(known)))
			}
			f.tensors[known] = found[name]
		}
	}
	return classifier, problems
}

// check compares the encoder's tensors with what config.json asks for.
func (f *Folder) check(options openOptions) (problems []string) {
	anyPooler := false
	for name := range f.tensors {
		anyPooler = anyPooler || isPooler(name)
	}
	f.HasPooler = anyPooler
	wanted := map[string]bool{}
	for _, spec := range f.Config.Tensors() {
		w := want{f.Config.shown(spec.Name), spec.Shape}
		wanted[spec.Name] = true
		e, ok := f.tensors[spec.Name]
		switch {
		case ok:
			problems = append(problems, e.problems(w)...)
		case isPooler(spec.Name) && !anyPooler && options.allowNoPooler:
		default:
			problems = append(problems, fmt.Sprintf("tensor %s is missing", w.name))
		}
	}
	layers, last, key := 0, -1, ""
	if bert, ok := f.Config.(BertConfig); ok {
		layers, key = bert.StoredLayers(), bert.architecture().key("num_hidden_layers")
		if bert.SharedLayers != nil {
			key = "num_hidden_groups"
		}
	}
	for name := range f.tensors {
		if wanted[name] {
			continue
		}
		if n, ok := layerOf(name); ok && n >= layers {
			last = max(last, n)
			continue
		}
		f.Ignored = append(f.Ignored, f.Config.inFile(name))
		delete(f.tensors, name)
	}
	if last >= 0 {
		problems = append(problems, fmt.Sprintf("config.json: %s is %d, but there are tensors up to layer %d", key, layers, last))
	}
	slices.Sort(f.Ignored)
	return problems
}

// problems says how an entry differs from what is wanted.
func (e entry) problems(w want) (lines []string) {
	if !slices.Equal(e.shape, w.shape) {
		lines = append(lines, fmt.Sprintf("tensor %s has shape %s, want %s", w.name, shapeText(e.shape), shapeText(w.shape)))
	}
	if !e.isFloat() {
		lines = append(lines, fmt.Sprintf("tensor %s has type %s, want F32, F16, BF16 or F64", w.name, e.dtype))
	}
	return lines
}
