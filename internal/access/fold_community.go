package access

import "github.com/tocsin-project/tocsin/internal/ledger"

func (d *Directory) founded(e ledger.Entry, c Community) {
	if _, there := d.communities[c.ID]; !there {
		c.Created = e.Time
		d.communities[c.ID] = c
	}
}

func (d *Directory) memberJoined(e ledger.Entry, m Membership) {
	_, here := d.partners[m.Partner]
	if _, ok := d.communities[m.Community]; !ok || !here || m.Community == DefaultCommunity {
		return
	}
	add(d.memberOf, m.Partner, DefaultCommunity)
	add(d.memberOf, m.Partner, m.Community)
	since := d.since[m.Partner]
	since.Member = with(since.Member, m.Community, e.Seq)
	d.since[m.Partner] = since
}

func (d *Directory) memberLeft(_ ledger.Entry, m Membership) {
	if m.Community != DefaultCommunity {
		drop(d.memberOf, m.Partner, m.Community)
	}
}

// listed takes the partner's own word only.
func (d *Directory) listed(e ledger.Entry, l Listing) {
	_, partner := d.partners[l.Partner]
	_, client := d.partners[l.Client]
	if partner && client && l.Partner != l.Client && e.Actor == string(l.Partner) {
		add(d.clients, l.Partner, l.Client)
		add(d.clientOf, l.Client, l.Partner)
		since := d.since[l.Client]
		since.Client = with(since.Client, l.Partner, e.Seq)
		d.since[l.Client] = since
	}
}

func (d *Directory) unlisted(e ledger.Entry, l Listing) {
	if e.Actor == string(l.Partner) {
		drop(d.clients, l.Partner, l.Client)
		drop(d.clientOf, l.Client, l.Partner)
	}
}

func (d *Directory) collected(e ledger.Entry, c Collection) {
	c.Created = e.Time
	d.collections[c.ID] = c
}

func (d *Directory) uncollected(_ ledger.Entry, r CollectionRemoval) { delete(d.collections, r.ID) }
