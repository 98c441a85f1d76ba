// sbom.mjs GO BUNDLED LOCK: adds the npm packages that are in the interface to a
// list of Go modules in CycloneDX's form, and prints it.
import { readFileSync } from 'node:fs';

const [list, bundled, lock] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, 'utf8')));

// A list that is made anew must be the same: no time, no number by chance.
delete list.serialNumber;
delete list.metadata.timestamp;

const found = bundled.map((name) => {
	const { version, license, integrity } = lock.packages[`node_modules/${name}`];
	const [algorithm, sum] = integrity.split('-', 2);
	const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
	return {
		'bom-ref': purl,
		type: 'library',
		name,
		version,
		scope: 'required',
		hashes: [{ alg: algorithm.toUpperCase().replace('SHA', 'SHA-'), content: Buffer.from(sum, 'base64').toString('hex') }],
		...(license ? { licenses: [/ (OR|AND|WITH) /.test(license) ? { expression: license } : { license: { id: license } }] } : {}),
		purl,
	};
});
list.components = [...(list.components ?? []), ...found];
console.log(JSON.stringify(list, null, '\t'));
