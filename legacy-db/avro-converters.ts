/**
 * What a connector needs to write Avro through a schema registry: Apicurio's converter, told to write ids as Confluent's clients do (4 bytes), and those
 * that its Confluent-compatible address knows. docs/registry.md explains every setting.
 *
 * In:  the registry's own address. Out: connector properties.
 */
const CONVERTER = 'io.apicurio.registry.utils.converter.AvroConverter';

export function avroConverters(url: string): Record<string, string> {
  const settings = {
    '': CONVERTER,
    '.apicurio.registry.url': url,
    '.apicurio.registry.auto-register': 'true',
    '.apicurio.registry.find-latest': 'true',
    '.apicurio.registry.headers.enabled': 'false',
    '.apicurio.registry.as-confluent': 'true',
    '.apicurio.registry.use-id': 'contentId',
  };
  const both = ['key.converter', 'value.converter'].flatMap((part) =>
    Object.entries(settings).map(([name, value]) => [`${part}${name}`, value]),
  );
  return {
    ...(Object.fromEntries(both) as Record<string, string>),
    'schema.name.adjustment.mode': 'avro',
    'field.name.adjustment.mode': 'avro',
  };
}
