using System.Net;
using McpFunctions.Domain;
using McpFunctions.Domain.Auth;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Functions.Delivery;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Net.Http.Headers;

namespace McpFunctions.Functions.Files;

/// <summary>The routes <c>files/…</c>.</summary>
/// <param name="files">The files.</param>
public sealed class FileFunctions(FileService files)
{
    /// <summary>Stores one file or several.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>201 with the record, or an array of records where several parts were sent; or a problem.</returns>
    [Function("UploadFile"), Access(Scope = Scopes.FilesWrite)]
    [Operation(HttpStatusCode.Created, typeof(FileRecord), Headers = ["Location", "ETag"], Parameters = ["filename"])]
    [AlsoAnswers(HttpStatusCode.Created, typeof(IReadOnlyList<FileRecord>)), TakesFiles(FileLimits.MaxFiles)]
    public async Task<HttpResponseData> Upload(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "files")] HttpRequestData request, CancellationToken cancellationToken)
    {
        IReadOnlyList<FileRecord> stored =
            (await files.UploadAsync(request.ActorOnce([]), IncomingFiles.Of(request, cancellationToken), cancellationToken)).ValueOrProblem();
        if (stored.Count > 1)
        {
            return await request.JsonAsync(HttpStatusCode.Created, stored, HttpJsonContext.Api.IReadOnlyListFileRecord);
        }

        HttpResponseData response = await RecordAsync(request, HttpStatusCode.Created, stored[0]);
        response.Headers.Add(HeaderNames.Location, $"{request.Url.AbsolutePath.TrimEnd('/')}/{stored[0].Id}");
        return response;
    }

    /// <summary>Lists files; an administrator may name another user.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>200 with a part of the list; or a problem.</returns>
    [Function("ListFiles"), Access(Scope = Scopes.FilesRead)]
    [Operation(HttpStatusCode.OK, typeof(Page<FileRecord>), IsPaged = true, Parameters = ["prefix", "userId"])]
    public async Task<HttpResponseData> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "files")] HttpRequestData request, CancellationToken cancellationToken) =>
        await request.AnswerAsync(
            await files.ListAsync(request.OwnerAsked(), request.QueryText("prefix"), request.Page(), cancellationToken), HttpJsonContext.Api.PageFileRecord);

    /// <summary>Reads a file's record.</summary>
    /// <param name="request">The request.</param>
    /// <param name="id">The file.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>200 with the record; 304; or a problem.</returns>
    [Function("GetFile"), Access(Scope = Scopes.FilesRead)]
    [Operation(HttpStatusCode.OK, typeof(FileRecord), Headers = ["ETag"], Parameters = ["If-None-Match"])]
    [AlsoAnswers(HttpStatusCode.NotModified, Headers = ["ETag"])]
    public async Task<HttpResponseData> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "files/{id}")] HttpRequestData request, string id, CancellationToken cancellationToken)
    {
        FileRecord file = (await files.FindAsync(request.Principal().UserId, id, cancellationToken)).ValueOrProblem().File;
        return request.HasCurrent(file.ETag) ? NotModified(request, file) : await RecordAsync(request, HttpStatusCode.OK, file);
    }

    /// <summary>Reads a file's bytes, or a range of them.</summary>
    /// <param name="request">The request.</param>
    /// <param name="id">The file.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>200, 206, 304 or a problem.</returns>
    [Function("DownloadFile"), Access(Scope = Scopes.FilesRead)]
    [Operation(HttpStatusCode.OK, Parameters = ["Range", "If-Range", "If-None-Match"], Problems = [HttpStatusCode.RequestedRangeNotSatisfiable])]
    [AlsoAnswers(HttpStatusCode.OK, MediaType = "*/*", Headers = ["ETag", "Content-Disposition", "Accept-Ranges"])]
    [AlsoAnswers(HttpStatusCode.PartialContent, MediaType = "*/*", Headers = ["ETag", "Content-Disposition", "Accept-Ranges", "Content-Range"])]
    [AlsoAnswers(HttpStatusCode.NotModified, Headers = ["ETag"])]
    public async Task<HttpResponseData> Download(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "files/{id}/content")] HttpRequestData request, string id, CancellationToken cancellationToken)
    {
        FileRow row = (await files.FindAsync(request.Principal().UserId, id, cancellationToken)).ValueOrProblem();
        if (request.HasCurrent(row.File.ETag))
        {
            return NotModified(request, row.File);
        }

        ByteRange range = ByteRange.Of(request, row.File.Size, row.File.ETag);
        HttpResponseData response = request.CreateResponse(range.IsPart ? HttpStatusCode.PartialContent : HttpStatusCode.OK);
        await using (Stream content = (await files.OpenAsync(row, range.Offset, range.Length, cancellationToken)).ValueOrProblem())
        {
            // The answer goes to the host as one message, so it is whole in memory here, once.
            response.Body = new MemoryStream((int)range.Length);
            await StorageCall.RunAsync(() => content.CopyToAsync(response.Body, cancellationToken), cancellationToken);
            response.Body.Position = 0;
        }

        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(row.File.Filename);
        // As it was stored: this parser may refuse what the one that read it took.
        response.Headers.TryAddWithoutValidation(HeaderNames.ContentType, row.File.ContentType);
        response.Headers.Add(HeaderNames.ContentDisposition, disposition.ToString());
        response.Headers.Add(HeaderNames.ETag, row.File.ETag);
        response.Headers.Add(HeaderNames.AcceptRanges, "bytes");
        response.Headers.Add(HeaderNames.CacheControl, "private, no-cache");
        if (range.IsPart)
        {
            response.Headers.Add(HeaderNames.ContentRange, new ContentRangeHeaderValue(range.Offset, range.Offset + range.Length - 1, row.File.Size).ToString());
        }

        return response;
    }

    /// <summary>Replaces a file's bytes by the raw body, or by the part named <c>file</c> of multipart/form-data.</summary>
    /// <param name="request">The request.</param>
    /// <param name="id">The file.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>200 with the record; or a problem.</returns>
    [Function("ReplaceFile"), Access(Scope = Scopes.FilesWrite)]
    [Operation(HttpStatusCode.OK, typeof(FileRecord), Headers = ["ETag"], Parameters = ["If-Match", "If-None-Match"], Problems = [HttpStatusCode.Conflict, HttpStatusCode.PreconditionFailed]), TakesFiles(1)]
    public async Task<HttpResponseData> Replace(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "files/{id}/content")] HttpRequestData request, string id, CancellationToken cancellationToken)
    {
        await RefuseIfCurrentAsync(request, id, cancellationToken);
        IncomingFile content = await IncomingFiles.SingleAsync(request, cancellationToken);
        FileRecord file = (await files.ReplaceContentAsync(
            request.Actor(), id, request.IfMatch(), content.ContentType, content.Content, cancellationToken)).ValueOrProblem();
        return await RecordAsync(request, HttpStatusCode.OK, file);
    }

    /// <summary>Renames a file.</summary>
    /// <param name="request">The request.</param>
    /// <param name="id">The file.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>200 with the record; or a problem.</returns>
    [Function("RenameFile"), Access(Scope = Scopes.FilesWrite)]
    [Operation(HttpStatusCode.OK, typeof(FileRecord), Body = typeof(RenameRequest), Headers = ["ETag"], Parameters = ["If-Match", "If-None-Match"], Problems = [HttpStatusCode.Conflict, HttpStatusCode.PreconditionFailed])]
    public async Task<HttpResponseData> Rename(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "files/{id}")] HttpRequestData request, string id, CancellationToken cancellationToken)
    {
        await RefuseIfCurrentAsync(request, id, cancellationToken);
        RenameRequest change = await request.JsonAsync(HttpJsonContext.Api.RenameRequest, cancellationToken);
        FileRecord file = (await files.RenameAsync(request.Actor(), id, request.IfMatch(), change.Filename, cancellationToken)).ValueOrProblem();
        return await RecordAsync(request, HttpStatusCode.OK, file);
    }

    /// <summary>Deletes a file.</summary>
    /// <param name="request">The request.</param>
    /// <param name="id">The file.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>204; or a problem.</returns>
    [Function("DeleteFile"), Access(Scope = Scopes.FilesWrite)]
    [Operation(HttpStatusCode.NoContent, Parameters = ["If-Match", "If-None-Match"], Problems = [HttpStatusCode.Conflict, HttpStatusCode.PreconditionFailed])]
    public async Task<HttpResponseData> Delete(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "files/{id}")] HttpRequestData request, string id, CancellationToken cancellationToken)
    {
        await RefuseIfCurrentAsync(request, id, cancellationToken);
        (await files.DeleteAsync(request.Actor(), id, request.IfMatch(), cancellationToken)).ValueOrProblem();
        return request.CreateResponse(HttpStatusCode.NoContent);
    }

    /// <summary>Lists a file's events, newest first.</summary>
    /// <param name="request">The request.</param>
    /// <param name="id">The file.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>200 with a part of the list; or a problem.</returns>
    [Function("GetFileHistory"), Access(Scope = Scopes.FilesRead)]
    [Operation(HttpStatusCode.OK, typeof(Page<DomainEvent>), IsPaged = true)]
    public async Task<HttpResponseData> History(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "files/{id}/history")] HttpRequestData request, string id, CancellationToken cancellationToken) =>
        await request.AnswerAsync(
            await files.HistoryAsync(request.Principal().UserId, id, request.Page(), cancellationToken), HttpJsonContext.Api.PageDomainEvent);

    // 'If-None-Match' on a change (RFC 9110, section 13.1.2); with '*' it means a file that is not there yet.
    private async Task RefuseIfCurrentAsync(HttpRequestData request, string id, CancellationToken cancellationToken)
    {
        if (request.Header(HeaderNames.IfNoneMatch) is not null
            && request.HasCurrent((await files.FindAsync(request.Principal().UserId, id, cancellationToken)).ValueOrProblem().File.ETag))
        {
            throw new ProblemException(Problem.Of(new Failure.PreconditionFailed()));
        }
    }

    private static async Task<HttpResponseData> RecordAsync(HttpRequestData request, HttpStatusCode status, FileRecord file)
    {
        HttpResponseData response = await request.JsonAsync(status, file, HttpJsonContext.Api.FileRecord);
        response.Headers.Add(HeaderNames.ETag, file.ETag);
        return response;
    }

    private static HttpResponseData NotModified(HttpRequestData request, FileRecord file)
    {
        HttpResponseData response = request.CreateResponse(HttpStatusCode.NotModified);
        response.Headers.Add(HeaderNames.ETag, file.ETag);
        return response;
    }
}
