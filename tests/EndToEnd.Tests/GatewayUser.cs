using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests;

/// <summary>A signed-in user, with the calls of the API.</summary>
public sealed class GatewayUser(HttpClient http, string id, string username, string token, string sessionId)
{
    private const string MarkerName = "marker";

    private static readonly JsonSerializerOptions s_readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private int _markers;

    public string Id { get; } = id;

    public string Username { get; } = username;

    public string Token { get; } = token;

    public string SessionId { get; } = sessionId;

    /// <summary>Sends a request with this user's token.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }
        return await http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Sends JSON.</summary>
    public Task<HttpResponseMessage> PostAsync(string path, object? json = null) => SendAsync(
        HttpMethod.Post, path, json is null ? null : new StringContent(JsonSerializer.Serialize(json, JsonSerializerOptions.Web), Encoding.UTF8, "application/json"));

    public Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, path, null, headers);

    /// <summary>Sends a raw body, as <c>POST files?filename=</c> takes it.</summary>
    public Task<HttpResponseMessage> PostRawAsync(string filename, byte[] content, string? contentType = null, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, $"files?filename={Uri.EscapeDataString(filename)}", Raw(content, contentType), headers);

    /// <summary>Sends a form, as <c>POST files</c> takes it.</summary>
    public Task<HttpResponseMessage> PostFormAsync(params (string Filename, byte[] Content)[] files) => SendAsync(HttpMethod.Post, "files", Form(files));

    /// <summary>A form of files. A file without a name is sent as browsers do when no file is chosen.</summary>
    public static MultipartFormDataContent Form(params (string Filename, byte[] Content)[] files)
    {
        var form = new MultipartFormDataContent();
        foreach (var (filename, content) in files)
        {
            var part = new ByteArrayContent(content);
            if (filename.Length == 0)
            {
                part.Headers.Add("Content-Disposition", "form-data; name=\"file\"; filename=\"\"");
                form.Add(part);
            }
            else
            {
                form.Add(part, "file", filename);
            }
        }
        return form;
    }

    public Task<HttpResponseMessage> PutContentAsync(string fileId, byte[] content, string? contentType = null, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Put, $"files/{fileId}/content", Raw(content, contentType), headers);

    public Task<HttpResponseMessage> PatchAsync(string fileId, string json, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Patch, $"files/{fileId}", new StringContent(json, Encoding.UTF8, "application/json"), headers);

    public Task<HttpResponseMessage> DeleteAsync(string fileId, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Delete, $"files/{fileId}", null, headers);

    /// <summary>Stores a file and returns its record.</summary>
    public Task<JsonElement> UploadAsync(string filename, string? content = null) =>
        PostRawAsync(filename, Encoding.UTF8.GetBytes(content ?? $"{GatewayApplication.ContentMark} of {filename}"), "text/plain")
            .JsonAsync(HttpStatusCode.Created);

    public Task<JsonElement> RenameAsync(string fileId, string filename) =>
        PatchAsync(fileId, JsonSerializer.Serialize(new { filename })).JsonAsync();

    /// <summary>The bytes of a file.</summary>
    public async Task<byte[]> DownloadAsync(string fileId)
    {
        using var response = await GetAsync($"files/{fileId}/content");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsByteArrayAsync();
    }

    /// <summary>The user's own files.</summary>
    public Task<JsonElement[]> FilesAsync(string query = "") => ItemsAsync($"files?limit=500{query}");

    /// <summary>The audit log of this user without logins and sessions, newest first.</summary>
    public async Task<JsonElement[]> AuditAsync(string query = "") =>
        [.. (await ItemsAsync($"audit?limit=500&userId={Id}{query}")).Where(line => !IsOfLogin(line.Text("type"), '.'))];

    /// <summary>The notifications of this user without those of logins, sessions and health. Health depends on the load of the machine.</summary>
    public async Task<JsonElement[]> NotificationsAsync(string query = "") =>
        [.. (await ItemsAsync($"notifications?limit=500{query}")).Where(told => !IsOfLogin(told.Text("name"), ':') && told.Text("name") != "system:health")];

    public Task<JsonElement> ContextAsync() => ReadAsync("orchestrator/context");

    /// <summary>Waits until the audit log has <paramref name="count"/> lines of a file, and returns them, newest first.</summary>
    public Task<JsonElement[]> AuditOfAsync(string fileId, int count) =>
        Eventually.GetAsync(() => AuditAsync($"&resourceId={fileId}"), lines => lines.Length >= count);

    /// <summary>Waits until the inbox has <paramref name="count"/> notifications of a file, and returns them, oldest first.</summary>
    public Task<JsonElement[]> NotificationsOfAsync(string fileId, int count) => Eventually.GetAsync(
        async () => (await NotificationsAsync())
            .Where(told => told.Text("name").StartsWith("file:", StringComparison.Ordinal) && told.Text("payload", "fileId") == fileId)
            .ToArray(),
        notifications => notifications.Length >= count);

    /// <summary>Waits until the context shows a file in an accepted state, and returns it.</summary>
    public async Task<JsonElement> FileInContextAsync(string fileId, Func<JsonElement, bool> accept) => (await Eventually.GetAsync(
        async () => (await ContextAsync()).Items("files").Where(file => file.Text("fileId") == fileId && accept(file)).ToArray(),
        files => files.Length == 1))[0];

    /// <summary>
    /// Everything that the user can see, after all effects so far: files with their history, audit log, inbox and context.
    /// Two results are equal when nothing happened in between.
    /// </summary>
    public async Task<string> WhatIsThereAsync()
    {
        // Each channel is handled in order: after the events of a marker, everything before them is handled too.
        var marker = (await UploadAsync(MarkerName)).Text("id");
        await FileInContextAsync(marker, _ => true);
        await RenameAsync(marker, $"{MarkerName}-renamed");
        await FileInContextAsync(marker, file => file.Number("version") == 2);
        await DeleteAsync(marker).EmptyAsync(HttpStatusCode.NoContent);
        var context = await Eventually.GetAsync(ContextAsync, seen => seen.Items("files").All(file => file.Text("fileId") != marker));
        _markers++;
        await AuditOfAsync(marker, 3);
        await NotificationsOfAsync(marker, 3);

        var files = await FilesAsync();
        var histories = new Dictionary<string, JsonElement[]>();
        foreach (var file in files)
        {
            histories[file.Text("id")] = await ItemsAsync($"files/{file.Text("id")}/history");
        }
        return JsonSerializer.Serialize(
            new
            {
                files,
                histories,
                audit = (await AuditAsync()).Where(line => !IsOfMarker(line.At("event", "payload"))),
                inbox = (await NotificationsAsync()).Where(notification => !IsOfMarker(notification.At("payload"))),
                context = context.At("files"),
                contextVersion = context.Number("version") - (3 * _markers),
            },
            s_readable);
    }

    private static bool IsOfLogin(string type, char separator) => type.Split(separator)[0] is "auth" or "session";

    // Not every event is about a file.
    private static bool IsOfMarker(JsonElement payload) => payload.Has("filename") && payload.Text("filename").StartsWith(MarkerName, StringComparison.Ordinal);

    private static ByteArrayContent Raw(byte[] content, string? contentType)
    {
        var raw = new ByteArrayContent(content);
        if (contentType is not null)
        {
            Assert.True(raw.Headers.TryAddWithoutValidation("Content-Type", contentType));
        }
        return raw;
    }

    // A busy machine is no outage: the gateway waits two seconds for Redis.
    private async Task<JsonElement> ReadAsync(string path)
    {
        using var response = await Eventually.GetAsync(() => GetAsync(path), response => response.StatusCode != HttpStatusCode.ServiceUnavailable);
        return await response.JsonAsync();
    }

    private async Task<JsonElement[]> ItemsAsync(string path)
    {
        var list = await ReadAsync(path);
        Assert.False(list.Has("continuationToken"), "The list has more pages; a test with so many items must read them all.");
        return list.Items("items");
    }
}
