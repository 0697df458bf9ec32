using System.Net;
using McpFunctions.Domain;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Net.Http.Headers;

namespace McpFunctions.Functions.Files;

/// <summary>Routes with which users store and read their files.</summary>
/// <param name="files">The files.</param>
/// <param name="others">Lets administrators read the files of another user.</param>
public sealed class FileFunctions(FileService files, OtherUsers others)
{
    /// <summary>Upload one file or several.</summary>
    /// <returns>201 with the record, or an array of records where several parts were sent; or a problem.</returns>
    [Function("UploadFile"), Access(Scope = Scopes.FilesWrite), Idempotent(HashesItself = true)]
    [Operation(HttpStatusCode.Created, typeof(FileRecord), Headers = ["Location", "ETag"], Parameters = ["filename"], Problems = [HttpStatusCode.InsufficientStorage])]
    [AlsoResponds(HttpStatusCode.Created, typeof(IReadOnlyList<FileRecord>)), TakesFiles(FileLimits.MaxFiles)]
    public async Task<IResult> Upload(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "files")] HttpRequest request, CancellationToken cancellationToken)
    {
        IReadOnlyList<FileRecord> stored =
            (await files.UploadAsync(request.Actor(), IncomingFiles.Of(request, cancellationToken), cancellationToken)).ValueOrProblem();
        if (stored.Count > 1)
        {
            return HttpResults.Json(HttpStatusCode.Created, stored, FileJsonContext.Api.IReadOnlyListFileRecord);
        }

        request.HttpContext.Response.Headers.ETag = stored[0].ETag;
        return request.CreatedResult(HttpStatusCode.Created, stored[0].Id, stored[0], FileJsonContext.Api.FileRecord);
    }

    /// <summary>List your files. An administrator can list the files of another user.</summary>
    /// <returns>200 with a page of the list; or a problem.</returns>
    [Function("ListFiles"), Access(Scope = Scopes.FilesRead)]
    [Operation(HttpStatusCode.OK, typeof(Page<FileRecord>), IsPaged = true, Parameters = ["prefix", "userId"])]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "files")] HttpRequest request, CancellationToken cancellationToken)
    {
        string userId = request.OwnerAsked();
        Page<FileRecord> page = (await files.ListAsync(userId, request.QueryText("prefix"), request.Page(), cancellationToken)).ValueOrProblem();
        await others.RecordAsync(request.Actor(), userId, AdministratorActions.ReadFiles, cancellationToken);
        return HttpResults.Json(HttpStatusCode.OK, page, FileJsonContext.Api.PageFileRecord);
    }

    /// <summary>Read a file's details: name, size, type, hash and version.</summary>
    /// <param name="id">The file.</param>
    /// <returns>200 with the record; 304; or a problem.</returns>
    [Function("GetFile"), Access(Scope = Scopes.FilesRead)]
    [Operation(HttpStatusCode.OK, typeof(FileRecord), Headers = ["ETag"], Parameters = ["If-None-Match"])]
    [AlsoResponds(HttpStatusCode.NotModified, Headers = ["ETag"])]
    public async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "files/{id}")] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        FileRecord file = (await files.FindAsync(request.Principal().UserId, id, cancellationToken)).ValueOrProblem().File;
        return request.HasCurrent(file.ETag) ? NotModified(request, file) : Record(request, file);
    }

    /// <summary>Download a file, or a range of its bytes.</summary>
    /// <param name="id">The file.</param>
    /// <returns>200, 206, 304 or a problem.</returns>
    [Function("DownloadFile"), Access(Scope = Scopes.FilesRead)]
    [Operation(
        HttpStatusCode.OK, Parameters = ["Range", "If-Range", "If-Match", "If-None-Match"],
        Problems = [HttpStatusCode.PreconditionFailed, HttpStatusCode.RequestedRangeNotSatisfiable])]
    [AlsoResponds(HttpStatusCode.OK, MediaType = "*/*", Headers = ["ETag", "Content-Disposition", "Accept-Ranges"])]
    [AlsoResponds(HttpStatusCode.PartialContent, MediaType = "*/*", Headers = ["ETag", "Content-Disposition", "Accept-Ranges", "Content-Range"])]
    [AlsoResponds(HttpStatusCode.NotModified, Headers = ["ETag"])]
    public async Task<IResult> Download(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "files/{id}/content")] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        FileRow row = (await files.FindAsync(request.Principal().UserId, id, cancellationToken)).ValueOrProblem();
        return new FileContentResult(row.File, files.Open(row));
    }

    /// <summary>Replace a file's content. Send the bytes as the body, or as the part named file of a form.</summary>
    /// <param name="id">The file.</param>
    /// <returns>200 with the record; or a problem.</returns>
    [Function("ReplaceFile"), Access(Scope = Scopes.FilesWrite)]
    [Operation(
        HttpStatusCode.OK, typeof(FileRecord), Headers = ["ETag"], Parameters = ["If-Match", "If-None-Match"],
        Problems = [HttpStatusCode.InsufficientStorage, HttpStatusCode.Conflict, HttpStatusCode.PreconditionFailed]), TakesFiles(1)]
    public async Task<IResult> Replace(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "files/{id}/content")] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        await RefuseIfCurrentAsync(request, id, cancellationToken);
        IncomingFile content = await IncomingFiles.SingleAsync(request, cancellationToken);
        FileRecord file = (await files.ReplaceContentAsync(
            request.Actor(), id, request.IfMatch(), content, cancellationToken)).ValueOrProblem();
        return Record(request, file);
    }

    /// <summary>Rename a file.</summary>
    /// <param name="id">The file.</param>
    /// <returns>200 with the record; or a problem.</returns>
    [Function("RenameFile"), Access(Scope = Scopes.FilesWrite)]
    [Operation(
        HttpStatusCode.OK, typeof(FileRecord), Body = typeof(RenameRequest), Headers = ["ETag"], Parameters = ["If-Match", "If-None-Match"],
        Problems = [HttpStatusCode.Conflict, HttpStatusCode.PreconditionFailed])]
    public async Task<IResult> Rename(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "files/{id}")] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        await RefuseIfCurrentAsync(request, id, cancellationToken);
        RenameRequest change = await request.JsonAsync(FileJsonContext.Api.RenameRequest, cancellationToken);
        FileRecord file = (await files.RenameAsync(request.Actor(), id, request.IfMatch(), change.Filename, cancellationToken)).ValueOrProblem();
        return Record(request, file);
    }

    /// <summary>Delete a file.</summary>
    /// <param name="id">The file.</param>
    /// <returns>204; or a problem.</returns>
    [Function("DeleteFile"), Access(Scope = Scopes.FilesWrite)]
    [Operation(HttpStatusCode.NoContent, Parameters = ["If-Match", "If-None-Match"], Problems = [HttpStatusCode.Conflict, HttpStatusCode.PreconditionFailed])]
    public async Task<IResult> Delete(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "files/{id}")] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        await RefuseIfCurrentAsync(request, id, cancellationToken);
        (await files.DeleteAsync(request.Actor(), id, request.IfMatch(), cancellationToken)).ValueOrProblem();
        return TypedResults.NoContent();
    }

    /// <summary>Show what happened to a file, newest event first.</summary>
    /// <param name="id">The file.</param>
    /// <returns>200 with a page of the list; or a problem.</returns>
    [Function("GetFileHistory"), Access(Scope = Scopes.FilesRead)]
    [Operation(HttpStatusCode.OK, typeof(Page<DomainEvent>), IsPaged = true)]
    public async Task<IResult> History(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "files/{id}/history")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        HttpResults.Of(
            await files.HistoryAsync(request.Principal().UserId, id, request.Page(), cancellationToken), FileJsonContext.Api.PageDomainEvent);

    // 'If-None-Match' on a change (RFC 9110, section 13.1.2); '*' requires that the file does not exist.
    private async Task RefuseIfCurrentAsync(HttpRequest request, string id, CancellationToken cancellationToken)
    {
        if (request.Header(HeaderNames.IfNoneMatch) is not null
            && request.HasCurrent((await files.FindAsync(request.Principal().UserId, id, cancellationToken)).ValueOrProblem().File.ETag))
        {
            throw new ProblemException(Problem.PreconditionFailed());
        }
    }

    private static JsonHttpResult<FileRecord> Record(HttpRequest request, FileRecord file)
    {
        request.HttpContext.Response.Headers.ETag = file.ETag;
        return HttpResults.Json(HttpStatusCode.OK, file, FileJsonContext.Api.FileRecord);
    }

    private static StatusCodeHttpResult NotModified(HttpRequest request, FileRecord file)
    {
        request.HttpContext.Response.Headers.ETag = file.ETag;
        return TypedResults.StatusCode(StatusCodes.Status304NotModified);
    }
}
