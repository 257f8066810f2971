// Renders a chart as Helm does, for machines without Helm: text/template with sprig, and of Helm's own functions
// those that the chart uses. Reads {values, release, chart, templates, files} as JSON, so that numbers are what they
// are in Helm, and writes {path: text}.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"gopkg.in/yaml.v3"
)

type files map[string]string

func (f files) Get(path string) string { return f[path] }

type input struct {
	Values    map[string]interface{}
	Release   map[string]interface{}
	Chart     map[string]interface{}
	Templates map[string]string
	Files     files
}

func toYaml(value interface{}) (string, error) {
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	err := encoder.Encode(value)
	return strings.TrimSuffix(text.String(), "\n"), err
}

func required(message string, value interface{}) (interface{}, error) {
	if value == nil || value == "" {
		return nil, fmt.Errorf("%s", message)
	}
	return value, nil
}

func render(given input) (map[string]string, error) {
	all := template.New("chart").Option("missingkey=zero")
	functions := sprig.TxtFuncMap()
	// Helm has taken these out.
	delete(functions, "env")
	delete(functions, "expandenv")
	functions["toYaml"] = toYaml
	functions["required"] = required
	functions["include"] = func(name string, data interface{}) (string, error) {
		var text strings.Builder
		err := all.ExecuteTemplate(&text, name, data)
		return text.String(), err
	}
	all.Funcs(functions)
	for path, text := range given.Templates {
		if _, err := all.New(path).Parse(text); err != nil {
			return nil, err
		}
	}
	data := map[string]interface{}{
		"Values": given.Values, "Release": given.Release, "Chart": given.Chart, "Files": given.Files,
	}
	rendered := map[string]string{}
	for path := range given.Templates {
		if strings.HasSuffix(path, ".tpl") {
			continue
		}
		var text strings.Builder
		if err := all.ExecuteTemplate(&text, path, data); err != nil {
			return nil, err
		}
		rendered[path] = strings.ReplaceAll(text.String(), "<no value>", "")
	}
	return rendered, nil
}

func main() {
	var given input
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	rendered, err := render(given)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(rendered); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}
