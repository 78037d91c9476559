package access

// Reader is who reads for a partner that takes part, as far as the release rule
// asks: somebody without rights of its own.
func (d *Directory) Reader(partner PartnerID) (Principal, bool) { return d.ofPartner(partner) }
