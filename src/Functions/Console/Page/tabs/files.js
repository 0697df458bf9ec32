// Files: upload, also by drag and drop, look at, download, rename, replace and delete.
import { api, ApiError } from '../api.js';
import { Button, Dialog, Empty, Field, Head, Id, Loading, Mark, More, Problem, Progress, Table, Time, confirm, say, useAction, useLoad, usePages } from '../components.js';
import { bytes, plural, short, summary } from '../format.js';
import { useNews } from '../inbox.js';
import { OwnerField, useOwner } from '../owner.js';
import { link, setQuery } from '../router.js';
import { session } from '../session.js';
import { html, useEffect, useRef, useState } from '../vendor/htm.js';

const pathOf = file => `files/${file.id}`;
// Nobody else's change is lost: the gateway refuses if the file has another version.
const ifUnchanged = file => ({ headers: { 'if-match': `"${file.version}"` } });

export default function Files({ query }) {
  const { prefix = '', open } = query;
  const owner = useOwner(query);
  const list = usePages('files', { prefix, userId: owner.isSelf ? undefined : owner.id });
  const [renaming, setRenaming] = useState(null);
  const [replacing, setReplacing] = useState(null);
  const uploads = useUploads(list.reload);
  const drop = useDrop(files => uploads.add(files));
  const input = useRef();
  const mayWrite = session.can('files:write') && owner.isSelf;
  useNews('file:', list.reload);
  const choose = file => {
    setReplacing(file);
    input.current.multiple = !file;
    input.current.click();
  };
  const chosen = event => {
    uploads.add(event.target.files, replacing);
    // The same file can be chosen again.
    event.target.value = '';
  };
  const columns = [
    { name: 'Name', cell: file => owner.isSelf ? html`<a href=${link('files', { ...query, open: file.id })}>${file.filename}</a>` : file.filename },
    { name: 'Size', kind: 'number', cell: file => bytes(file.size) },
    { name: 'Type', cell: file => file.contentType },
    { name: 'Version', kind: 'number', cell: file => file.version },
    { name: 'Changed', kind: 'fixed', cell: file => html`<${Time} value=${file.updatedAt} />` },
    ...(owner.isSelf ? [{ name: 'Actions', kind: 'actions', cell: file => html`<${Actions} file=${file} mayWrite=${mayWrite} onRename=${setRenaming} onReplace=${choose} onDone=${list.reload} />` }] : []),
  ];
  return html`<div class=${drop.isOver ? 'drop over' : 'drop'} ...${mayWrite ? drop.handlers : {}}>
    <${Head} title="Files" note=${mayWrite ? 'Drop files anywhere on this view to upload them.' : owner.isSelf ? undefined : `The files of ${owner.name}. Only their owner can open and download them.`}>
      ${mayWrite && html`<${Button} kind="primary" onClick=${() => choose(null)}>Upload files</${Button}>`}
    </${Head}>
    <input type="file" hidden ref=${input} onChange=${chosen} aria-label="Files to upload" />
    <div class="filters">
      <${Field} label="Name begins with" type="search" value=${prefix} onChange=${event => setQuery({ prefix: event.target.value || undefined })} />
      <${OwnerField} query=${query} owner=${owner} />
    </div>
    <${Uploads} uploads=${uploads} />
    <${Problem} error=${list.error} retry=${list.reload} />
    ${!list.items ? !list.error && html`<${Loading} />`
      : list.items.length === 0 ? html`<${Empty} title=${prefix ? 'No file has such a name' : 'No files'}>${mayWrite && !prefix ? 'Upload one: each change of it becomes an event.' : ''}</${Empty}>`
      : html`<${Table} label="Files" columns=${columns} rows=${list.items} rowKey=${file => file.id} />`}
    <${More} list=${list} />
    ${renaming && html`<${Rename} file=${renaming} onClose=${() => setRenaming(null)} onDone=${list.reload} />`}
    ${open && owner.isSelf && !renaming && html`<${Detail} key=${open} id=${open} mayWrite=${mayWrite} onRename=${setRenaming} onReplace=${choose} onDone=${list.reload} onClose=${() => setQuery({ open: undefined })} />`}
  </div>`;
}

function Actions({ file, mayWrite, onRename, onReplace, onDone, onDeleted }) {
  const [download, isDownloading] = useAction(async () => {
    const response = await api.send('GET', `${pathOf(file)}/content`, { response: true });
    const address = URL.createObjectURL(await response.blob());
    const anchor = document.createElement('a');
    anchor.href = address;
    anchor.download = file.filename;
    anchor.click();
    // The browser takes the address in its own time.
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  });
  const [remove, isRemoving] = useAction(async () => {
    if (await confirm({ title: `Delete ${file.filename}?`, text: `Its content (${bytes(file.size)}) is deleted and cannot be brought back. Its history stays in the audit log.`, yes: 'Delete' })) {
      await api.del(pathOf(file), ifUnchanged(file));
      say(`Deleted ${file.filename}.`, 'ok');
      onDeleted?.();
      onDone();
    }
  });
  return html`
    <${Button} busy=${isDownloading} aria-label=${`Download ${file.filename}`} onClick=${download}>Download</${Button}>
    ${mayWrite && html`
      <${Button} aria-label=${`Rename ${file.filename}`} onClick=${() => onRename(file)}>Rename…</${Button}>
      <${Button} aria-label=${`Replace the content of ${file.filename}`} onClick=${() => onReplace(file)}>Replace…</${Button}>
      <${Button} kind="danger" busy=${isRemoving} aria-label=${`Delete ${file.filename}`} onClick=${remove}>Delete…</${Button}>`}`;
}

function Rename({ file, onClose, onDone }) {
  const [name, setName] = useState(file.filename);
  const [error, setError] = useState('');
  const [send, isBusy] = useAction(async () => {
    try {
      await api.patch(pathOf(file), { filename: name }, ifUnchanged(file));
      say(`Renamed ${file.filename} to ${name}.`, 'ok');
      onClose();
      onDone();
    } catch (failure) {
      if (!(failure instanceof ApiError)) {
        throw failure;
      }
      setError(failure.status === 412 ? 'Somebody has changed the file meanwhile. Close this, and look at it again.' : failure.of('filename') ?? failure.message);
    }
  });
  const submit = event => {
    event.preventDefault();
    send();
  };
  return html`<${Dialog} title=${`Rename ${file.filename}`} onClose=${onClose}>
    <form onSubmit=${submit}>
      <${Field} label="New name" value=${name} error=${error} required onInput=${event => setName(event.target.value)} />
      <div class="actions"><${Button} onClick=${onClose}>Cancel</${Button}><${Button} kind="primary" type="submit" busy=${isBusy}>Rename</${Button}></div>
    </form>
  </${Dialog}>`;
}

function Detail({ id, mayWrite, onRename, onReplace, onDone, onClose }) {
  const { data: file, error, reload } = useLoad(signal => api.get(`files/${id}`, {}, { signal }), [id]);
  const history = usePages(`files/${id}/history`, {}, { limit: 50 });
  const renew = () => {
    reload();
    history.reload();
  };
  useNews('file:', renew);
  const columns = [
    { name: 'Time', kind: 'fixed', cell: event => html`<${Time} value=${event.timestamp} />` },
    { name: 'Event', kind: 'fixed', cell: event => event.type },
    { name: 'What', cell: summary },
    ...(session.isAdmin ? [{ name: 'Story', kind: 'fixed', cell: event => event.correlationId && html`<a href=${link('events', { story: event.correlationId })}><code>${short(event.correlationId)}</code></a>` }] : []),
  ];
  const isGone = error instanceof ApiError && error.status === 404;
  return html`<${Dialog} side title=${file?.filename ?? 'File'} onClose=${onClose}
      actions=${file && !isGone && html`<${Actions} file=${file} mayWrite=${mayWrite} onRename=${onRename} onReplace=${onReplace} onDone=${() => { onDone(); renew(); }} onDeleted=${onClose} />`}>
    ${isGone ? html`<${Empty} title="This file is gone">It was deleted.</${Empty}>` : html`<${Problem} error=${error} retry=${reload} />`}
    ${!file && !error && html`<${Loading} />`}
    ${file && html`<dl class="facts">
      <dt>Size</dt><dd>${bytes(file.size)} <span class="muted">${plural(file.size, 'byte')}</span></dd>
      <dt>Type</dt><dd>${file.contentType}</dd>
      <dt>Version</dt><dd>${file.version}</dd>
      <dt>Created</dt><dd><${Time} value=${file.createdAt} /></dd>
      <dt>Changed</dt><dd><${Time} value=${file.updatedAt} /></dd>
      <dt>SHA-256</dt><dd><code>${file.sha256}</code></dd>
      <dt>Id</dt><dd><${Id} value=${file.id} /></dd>
    </dl>`}
    <h3>History</h3>
    <${Problem} error=${isGone ? null : history.error} />
    ${history.items && html`<${Table} label="History of the file" columns=${columns} rows=${history.items} rowKey=${event => event.id} />`}
    <${More} list=${history} />
  </${Dialog}>`;
}

// ---------------------------------------------------------------------------------------------------------------------
// Uploads

let lastUpload = 0;

/** Uploads, one after the other, since they share the way to the gateway. They end with the view. */
function useUploads(onDone) {
  const [items, setItems] = useState([]);
  const state = useRef({ queue: [], isRunning: false, isGone: false });
  const show = () => state.current.isGone || setItems([...state.current.queue]);
  useEffect(() => () => {
    state.current.isGone = true;
    state.current.queue.forEach(item => item.leaving.abort());
  }, []);
  const run = async () => {
    if (state.current.isRunning) {
      return;
    }
    state.current.isRunning = true;
    let item;
    while ((item = state.current.queue.find(each => !each.error))) {
      await transfer(item);
    }
    state.current.isRunning = false;
  };
  const transfer = async item => {
    try {
      const options = {
        headers: { 'content-type': item.file.type || 'application/octet-stream', ...(item.replaced ? ifUnchanged(item.replaced).headers : {}) },
        onProgress: share => {
          item.share = share;
          show();
        },
        signal: item.leaving.signal,
      };
      await (item.replaced
        ? api.upload('PUT', `${pathOf(item.replaced)}/content`, item.file, options)
        : api.upload('POST', 'files', item.file, { ...options, query: { filename: item.file.name } }));
      say(item.replaced ? `Replaced the content of ${item.replaced.filename}.` : `Uploaded ${item.file.name}.`, 'ok');
      remove(item);
      onDone();
    } catch (error) {
      item.leaving.signal.aborted ? remove(item) : (item.error = error);
      show();
    }
  };
  const remove = item => {
    item.leaving.abort();
    state.current.queue = state.current.queue.filter(each => each !== item);
    show();
  };
  return {
    items,
    remove,
    add: (files, replaced) => {
      state.current.queue.push(...[...files].map(file => ({ id: ++lastUpload, file, replaced, share: 0, error: null, leaving: new AbortController() })));
      show();
      run();
    },
    retry: item => {
      item.error = null;
      item.share = 0;
      show();
      run();
    },
  };
}

const Uploads = ({ uploads }) => uploads.items.length > 0 && html`<section class="panel uploads" aria-label="Uploads">
  ${uploads.items.map(item => html`<div key=${item.id} class="upload">
    <span>${item.replaced ? `${item.replaced.filename}, new content` : item.file.name} <span class="muted">${bytes(item.file.size)}</span></span>
    ${item.error
      ? html`<span class="error" role="alert"><${Mark} kind="bad" /> ${item.error.message}</span> <${Button} onClick=${() => uploads.retry(item)}>Try again</${Button}>`
      : html`<${Progress} value=${item.share} label=${`Upload of ${item.file.name}`} />`}
    <${Button} kind="quiet" aria-label=${`${item.error ? 'Dismiss' : 'Cancel'} the upload of ${item.file.name}`} onClick=${() => uploads.remove(item)}>✕</${Button}>
  </div>`)}
</section>`;

function useDrop(onFiles) {
  const [isOver, setOver] = useState(false);
  // A child that is entered reports before its parent that is left.
  const depth = useRef(0);
  const hasFiles = event => [...event.dataTransfer.types].includes('Files');
  const move = change => event => {
    if (hasFiles(event)) {
      event.preventDefault();
      depth.current = Math.max(0, depth.current + change);
      setOver(depth.current > 0);
    }
  };
  return {
    isOver,
    handlers: {
      onDragEnter: move(1),
      onDragLeave: move(-1),
      onDragOver: event => hasFiles(event) && event.preventDefault(),
      onDrop: event => {
        if (hasFiles(event)) {
          event.preventDefault();
          depth.current = 0;
          setOver(false);
          onFiles(event.dataTransfer.files);
        }
      },
    },
  };
}
