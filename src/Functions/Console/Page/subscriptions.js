// Which consumer takes which types of event, as the gateway says.
import { api } from './api.js';
import { useLoad } from './components.js';

/** { consumers: [{ name, types }], types, takersOf(type) }; empty until it is loaded. */
export function useSubscriptions() {
  const { data } = useLoad(signal => api.get('consumers', {}, { signal }), []);
  const consumers = (data?.items ?? []).map(({ name, pairs }) => ({ name, types: pairs.map(pair => pair.type) }));
  return {
    isLoaded: Boolean(data),
    consumers,
    types: [...new Set(consumers.flatMap(consumer => consumer.types))],
    takersOf: type => consumers.filter(consumer => consumer.types.includes(type)).map(consumer => consumer.name),
  };
}
