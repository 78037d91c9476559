-- Load this with lua-config-file, and set disable-packetcache=yes. It holds a
-- secret: readable by the recursor only.
rpzPrimary({"192.0.2.53:8453"}, "tocsin-hot.rpz.", {
  policyName="tocsin-hot", refresh=1, maxTTL=60,
  tsigname="partner-1.", tsigalgo="hmac-sha256", tsigsecret="c2VjcmV0IG9mIHRoZSBleGFtcGxl"
})
rpzPrimary({"192.0.2.53:8453"}, "tocsin.rpz.", {
  policyName="tocsin", refresh=10, maxTTL=60,
  dumpFile="/srv/trial/tocsin.zone", seedFile="/srv/trial/tocsin.zone",
  tsigname="partner-1.", tsigalgo="hmac-sha256", tsigsecret="c2VjcmV0IG9mIHRoZSBleGFtcGxl"
})
