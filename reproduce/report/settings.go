package report

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"ringmaster/config"
	"ringmaster/reproduce"
	"ringmaster/run/directory"
)

// settingsSection lists every setting of a run, as config.yaml has it.
func settingsSection(run *config.Run) (Section, error) {
	s := Section{Title: "Settings", Intro: "All settings of the run, with defaults filled in (config.yaml)."}
	var text strings.Builder
	if err := run.Write(&text); err != nil {
		return s, err
	}
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text.String()), &document); err != nil {
		return s, fmt.Errorf("settings: %w", err)
	}
	t := Table{Header: []string{"key", "value"}}
	for _, root := range document.Content {
		t.Rows = settings(t.Rows, "", root)
	}
	s.Tables = []Table{t}
	return s, nil
}

func (p *Page) addSettings(run *config.Run) error {
	s, err := settingsSection(run)
	if err == nil {
		p.Sections = append(p.Sections, s)
	}
	return err
}

// addFirstSettings adds the settings of the first run that is done; others differ in what
// their rows say, and in their seeds.
func (p *Page) addFirstSettings(result *reproduce.Result) error {
	for _, row := range result.Rows {
		if len(row.Directories) == 0 {
			continue
		}
		run, err := config.LoadResolved(directory.Layout(row.Directories[0]).Config())
		if err != nil {
			return err
		}
		s, err := settingsSection(run)
		s.Intro = fmt.Sprintf("All settings of %s, first seed; other systems differ in method, tasks and architecture, other seeds only in the seed.", row.Title)
		p.Sections = append(p.Sections, s)
		return err
	}
	return nil
}

// settings adds a node's settings, a row each; a task is known by its name.
func settings(rows [][]string, key string, n *yaml.Node) [][]string {
	join := func(child string) string {
		if key == "" {
			return child
		}
		return key + "." + child
	}
	switch {
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			rows = settings(rows, join(n.Content[i].Value), n.Content[i+1])
		}
	case n.Kind == yaml.SequenceNode && len(n.Content) > 0 && n.Content[0].Kind == yaml.MappingNode:
		for i, item := range n.Content {
			rows = settings(rows, join(nameOf(item, fmt.Sprint(i))), item)
		}
	case n.Kind == yaml.SequenceNode:
		var values []string
		for _, item := range n.Content {
			values = append(values, item.Value)
		}
		rows = append(rows, []string{key, strings.Join(values, ", ")})
	default:
		rows = append(rows, []string{key, n.Value})
	}
	return rows
}

// nameOf is a map's name, where it has one.
func nameOf(n *yaml.Node, otherwise string) string {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "name" {
			return n.Content[i+1].Value
		}
	}
	return otherwise
}
