# Load this from local.zeek. What is recalled is forgotten when Zeek starts anew:
# zeekctl deploy.
@load frameworks/intel/seen
redef Intel::read_files += { "/srv/trial/zeek-intel.dat" };
