/* Fetches the page of the web server that `poolkeeper lease run` leased for this command. */
const { POOLKEEPER_ENDPOINT_HTTP: url, POOLKEEPER_LEASE_ID: lease } = process.env;

if (url === undefined) {
  console.error(
    'Run this under a lease: npx poolkeeper lease run --pool sandbox -- node examples/quickstart/visit.js',
  );
  process.exitCode = 2;
} else {
  console.log(`GET ${url} under lease ${lease}\n`);
  const page = await fetch(url);
  console.log(await page.text());
}
