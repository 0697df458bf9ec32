// node peer.mjs PORT listen TYPE             prints "listening", then each event of the type as a line of JSON
// node peer.mjs PORT upload FILE_ID USER_ID  publishes file.uploaded as the record's file service does, and prints the event
import { EventBus } from './event-bus.mjs';

const [port, command, ...args] = process.argv.slice(2);
const eventBus = new EventBus(Number(port));

switch (command) {
  case 'listen': {
    await eventBus.subscribe(args[0], (event) => {
      console.log(JSON.stringify({ event, timestampAsDate: new Date(event.timestamp).toISOString() }));
    });
    console.log('listening');
    break;
  }
  case 'upload': {
    const record = { id: args[0], filename: 'from-typescript.txt', size: 42, userId: args[1] };
    const event = await eventBus.publish('file.uploaded', {
      fileId: record.id,
      filename: record.filename,
      size: record.size,
      uploadedBy: record.userId,
    });
    console.log(JSON.stringify(event));
    await eventBus.close();
    break;
  }
  default:
    console.error(`unknown command '${command}'`);
    process.exit(64);
}
