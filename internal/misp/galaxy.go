package misp

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/compose"
	"github.com/tocsin-project/tocsin/stix"
)

// clusterTypes are the STIX types of a galaxy's clusters, by words in the
// galaxy's type; the first that fits counts.
var clusterTypes = []struct{ word, stixType string }{
	{"attack-pattern", "attack-pattern"}, {"course-of-action", "course-of-action"}, {"intrusion-set", "intrusion-set"},
	{"threat-actor", "threat-actor"}, {"microsoft-activity-group", "threat-actor"},
	{"malware", "malware"}, {"malpedia", "malware"}, {"ransomware", "malware"}, {"banker", "malware"}, {"stealer", "malware"},
	{"backdoor", "malware"}, {"botnet", "malware"}, {"rat", "malware"}, {"android", "malware"}, {"exploit-kit", "tool"}, {"tool", "tool"},
	{"campaign", "campaign"}, {"sector", "identity"},
}

func clusterType(galaxy string) string {
	for _, c := range clusterTypes {
		if galaxy == c.word || strings.HasSuffix(galaxy, "-"+c.word) || strings.HasPrefix(galaxy, c.word+"-") {
			return c.stixType
		}
	}
	return ""
}

// galaxies makes the objects of an event's clusters.
func (e *event) galaxies(m fields, c *container, p place) error {
	ids, err := e.clusters(m, p)
	for _, id := range ids {
		c.add(ref{id: id, place: -1, scope: e.scope})
	}
	return err
}

// indicated makes the objects of an attribute's clusters, and says that the
// indicator points to them.
func (e *event) indicated(m fields, id string, created time.Time, s scope, p place) error {
	ids, err := e.clusters(m, p)
	if err != nil || stix.TypeOfID(id) != "indicator" {
		return err
	}
	for _, to := range ids {
		if t := stix.TypeOfID(to); t == "identity" || t == "course-of-action" {
			continue
		}
		rel := compose.New("relationship", compose.ID("relationship", id, "indicates", to), created, created)
		rel.Set("created_by_ref", e.author)
		rel.Set("object_marking_refs", s.marking(e.opt))
		rel.Set("relationship_type", "indicates")
		rel.Set("source_ref", id)
		rel.Set("target_ref", to)
		if err := e.emit(rel, p); err != nil {
			return err
		}
	}
	return nil
}

// clusters makes the objects of an element's galaxy clusters. A cluster's UUID
// is that of the same object in ATT&CK, so the id is, too; the times of what
// is made here are older than those of any source that has them.
func (e *event) clusters(m fields, p place) (ids []string, err error) {
	for i, raw := range m.list("Galaxy") {
		galaxy := parse(raw)
		for j, raw := range galaxy.list("GalaxyCluster") {
			cluster := parse(raw)
			kind := cmp.Or(cluster.text("type"), galaxy.text("type"))
			t := clusterType(kind)
			name := cluster.text("value")
			if t == "" || name == "" {
				continue // its tag is a label, and the extension keeps it
			}
			id := t + "--" + cluster.uuid("uuid")
			if cluster.uuid("uuid") == "" {
				id = compose.ID(t, "galaxy", kind, name)
			}
			ids = append(ids, id)
			at := p
			at.pointer += "/Galaxy/" + strconv.Itoa(i) + "/GalaxyCluster/" + strconv.Itoa(j)
			if err := e.single(clusterObject(t, id, name, kind, cluster), at); err != nil {
				return nil, err
			}
		}
	}
	return ids, nil
}

// clusterObject writes a cluster.
func clusterObject(t, id, name, kind string, cluster fields) *compose.Object {
	o := compose.New(t, id, time.Time{}, time.Time{})
	o.Set("external_references", []map[string]string{clusterReference(kind, name)})
	o.Set("name", name)
	o.Set("description", cluster.text("description"))
	switch t {
	case "malware":
		o.Force("is_family", true)
	case "identity":
		o.Set("identity_class", "class")
	}
	(&extension{Kind: kindCluster}).attach(o)
	return o
}

// clusterReference names a cluster's source; ATT&CK's number ends its name.
func clusterReference(kind, name string) map[string]string {
	if at := strings.LastIndex(name, " - "); at >= 0 && strings.HasPrefix(kind, "mitre-") {
		return map[string]string{"source_name": "mitre-attack", "external_id": name[at+len(" - "):]}
	}
	return map[string]string{"source_name": "misp-galaxy:" + kind, "external_id": name}
}
