package protect

// hostingRanges are ranges of content networks and of hosting where sites share
// addresses. Cloudflare, Fastly and Akamai: as MISP warninglists have them of
// August 2026; the others from memory of what the providers publish.
var hostingRanges = newRanges(
	// Cloudflare.
	"103.21.244.0/22", "103.22.200.0/22", "103.31.4.0/22", "104.16.0.0/13", "104.24.0.0/14", "108.162.192.0/18",
	"131.0.72.0/22", "141.101.64.0/18", "162.158.0.0/15", "172.64.0.0/13", "173.245.48.0/20", "188.114.96.0/20",
	"190.93.240.0/20", "197.234.240.0/22", "198.41.128.0/17", "2400:cb00::/32", "2405:8100::/32", "2405:b500::/32",
	"2606:4700::/32", "2803:f800::/32", "2a06:98c0::/29", "2c0f:f248::/32",
	// Fastly.
	"23.235.32.0/20", "43.249.72.0/22", "103.244.50.0/24", "103.245.222.0/23", "103.245.224.0/24", "104.156.80.0/20",
	"140.248.64.0/18", "140.248.128.0/17", "146.75.0.0/17", "151.101.0.0/16", "157.52.64.0/18", "167.82.0.0/17",
	"167.82.128.0/20", "167.82.160.0/20", "167.82.224.0/20", "172.111.64.0/18", "185.31.16.0/22", "199.27.72.0/21",
	"199.232.0.0/16", "2a04:4e40::/32", "2a04:4e42::/32",
	// Akamai: its widest.
	"23.0.0.0/12", "23.32.0.0/11", "23.64.0.0/14", "23.72.0.0/13", "23.192.0.0/11", "95.100.0.0/15", "96.16.0.0/15",
	"104.64.0.0/10", "118.214.0.0/16", "125.56.128.0/17", "184.24.0.0/13", "184.50.0.0/15", "184.84.0.0/14",
	"2600:1400::/24", "2a02:26f0::/29",
	// Amazon CloudFront.
	"13.32.0.0/15", "13.35.0.0/16", "13.224.0.0/14", "13.249.0.0/16", "18.64.0.0/14", "18.154.0.0/15", "18.160.0.0/15",
	"18.164.0.0/15", "18.172.0.0/15", "18.238.0.0/15", "18.244.0.0/15", "52.84.0.0/15", "54.182.0.0/16", "54.192.0.0/16",
	"54.230.0.0/17", "54.230.128.0/18", "54.239.128.0/18", "99.84.0.0/16", "99.86.0.0/16", "108.138.0.0/15",
	"108.156.0.0/14", "143.204.0.0/16", "204.246.164.0/22", "205.251.208.0/20", "2600:9000::/28",
	// Azure Front Door, Google's front ends, GitHub Pages, Vercel, Netlify.
	"13.107.208.0/24", "13.107.213.0/24", "13.107.246.0/24", "2620:1ec:bdf::/48", "2620:1ec:46::/48",
	"142.250.0.0/15", "172.217.0.0/16", "216.239.32.0/19", "2404:6800::/32", "2607:f8b0::/32", "2a00:1450::/32",
	"185.199.108.0/22", "2606:50c0:8000::/46", "76.76.21.0/24", "75.2.60.5", "99.83.190.102",
	// Site builders and shared hosting: WordPress.com, Squarespace, Wix, Shopify, Weebly, Tumblr.
	"192.0.64.0/18", "198.49.23.0/24", "198.185.159.0/24", "185.230.60.0/22", "23.227.38.0/24", "199.34.228.0/22", "74.114.152.0/22",
)

// hostingNames are sites on which anybody puts pages, files and short links, and
// that are neither a public suffix nor core. What lies below them is judged by
// itself.
var hostingNames = set(
	"archive.org", "bit.ly", "bitbucket.org", "box.com", "canva.com", "cdn.discordapp.com", "codepen.io", "cutt.ly",
	"discord.com", "discord.gg", "discordapp.com", "docusign.com", "docusign.net", "evernote.com", "gofile.io", "goo.gl",
	"imgur.com", "instagram.com", "is.gd", "linkedin.com", "linktr.ee", "lnkd.in", "mediafire.com", "medium.com",
	"mega.nz", "notion.so", "ow.ly", "pastebin.com", "paste.ee", "pcloud.com", "pinterest.com", "rb.gy", "rebrand.ly",
	"reddit.com", "rentry.co", "scribd.com", "sendgrid.net", "sendspace.com", "sharepoint.com", "shopify.com",
	"slack-files.com", "slideshare.net", "soundcloud.com", "squarespace.com", "substack.com", "surveymonkey.com", "t.co",
	"t.me", "telegra.ph", "telegram.org", "tinyurl.com", "transfer.sh", "trello.com", "tumblr.com", "twitter.com",
	"typeform.com", "ufile.io", "vimeo.com", "vk.com", "webflow.com", "weebly.com", "wetransfer.com", "wix.com",
	"wixsite.com", "wordpress.com", "x.com", "zendesk.com",
)
